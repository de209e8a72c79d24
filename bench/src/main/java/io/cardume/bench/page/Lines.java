package io.cardume.bench.page;

import java.awt.BasicStroke;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Figures over time, a line each. */
record Lines(String title, String file, List<Figure> figures) implements Charts.Chart {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 380;
    private static final double MINUTE = 60;

    @Override
    public void write(Path directory) throws IOException {
        boolean minutes = figures.stream().flatMap(each -> each.times().stream()).anyMatch(time -> time > 5 * MINUTE);
        var lines = new XYSeriesCollection();
        var renderer = new XYLineAndShapeRenderer(true, false);
        for (int i = 0; i < figures.size(); i++) {
            var figure = figures.get(i);
            var line = new XYSeries((figures.stream().map(Figure::name).distinct().count() > 1 ? figure.name() + ", " : "") + Table.called(figure.subject()));
            for (int at = 0; at < figure.samples().size(); at++) line.add(figure.times().get(at) / (minutes ? MINUTE : 1), figure.samples().get(at));
            lines.addSeries(line);
            renderer.setSeriesPaint(i, figures.stream().map(Figure::subject).distinct().count() == figures.size() ? Drawing.colour(figure.subject(), i)
                    : Drawing.colour(i == 0 ? "cardume" : "", i - 1 < 0 ? 0 : i - 1));
            renderer.setSeriesStroke(i, new BasicStroke(1.8f));
        }
        var times = new NumberAxis(minutes ? "minutes" : "seconds");
        var values = new NumberAxis(figures.getFirst().unit());
        for (NumberAxis axis : List.of(times, values)) {
            axis.setLabelFont(Drawing.SMALL);
            axis.setTickLabelFont(Drawing.SMALL);
        }
        values.setAutoRangeIncludesZero(true);
        var plot = new XYPlot(lines, times, values, renderer);
        plot.setRangeGridlinePaint(Drawing.GRID);
        plot.setDomainGridlinesVisible(false);
        Drawing.write(Drawing.chart(title, plot), WIDTH, HEIGHT, directory.resolve(file));
    }
}
