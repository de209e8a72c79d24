package io.cardume.bench.page;

import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.CategoryItemRendererState;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;

/**
 * Lying bars: one for each figure and subject, as long as the median, with a whisker from the lowest to the highest sample.
 *
 * @param logarithmic whether the axis is
 */
record Bars(String title, String file, List<Figure> figures, boolean logarithmic) implements Charts.Chart {
    private static final int WIDTH = 960;
    private static final int BAR = 20;
    private static final int GAP = 14;
    private static final int FRAME = 120;
    private static final double ROOM = 1.14;

    @Override
    public void write(Path directory) throws IOException {
        var subjects = subjects();
        var names = figures.stream().map(Figure::name).distinct().toList();
        var dataset = new DefaultCategoryDataset();
        for (String subject : subjects)
            for (String name : names) dataset.addValue(of(subject, name).map(figure -> Math.max(figure.median(), 0)).orElse(null), Table.called(subject), name);
        var renderer = new WithWhiskers();
        renderer.setItemMargin(0.06);
        for (int i = 0; i < subjects.size(); i++) renderer.setSeriesPaint(i, Drawing.colour(subjects.get(i), i));
        var values = axis();
        var plot = Drawing.lying(dataset, values, renderer, 0.4f, 2, 0.22);
        renderer.setBase(values.getLowerBound());
        Drawing.write(Drawing.chart(title, plot), WIDTH, FRAME + names.size() * (subjects.size() * BAR + GAP), directory.resolve(file));
    }

    private List<String> subjects() {
        var order = new ArrayList<>(List.of("cardume", "swarm", "floor"));
        var all = figures.stream().map(Figure::subject).distinct().toList();
        order.retainAll(all);
        all.stream().filter(each -> !order.contains(each)).forEach(order::add);
        return order;
    }

    private Optional<Figure> of(String subject, String name) {
        return figures.stream().filter(each -> each.subject().equals(subject) && each.name().equals(name)).findFirst();
    }

    private ValueAxis axis() {
        var better = figures.getFirst().higher() ? "more is better" : "less is better";
        double most = figures.stream().mapToDouble(Figure::max).max().orElse(1);
        var label = figures.getFirst().unit() + (logarithmic ? ", each line ten times the one before" : "") + "; " + better + "; bars are medians, whiskers lowest and highest";
        ValueAxis axis;
        if (logarithmic) {
            double least = figures.stream().mapToDouble(Figure::min).filter(each -> each > 0).min().orElse(1);
            axis = Drawing.decades(label);
            axis.setRange(Math.pow(10, Math.floor(Math.log10(least))), most * 3);
        } else {
            axis = new NumberAxis(label);
            axis.setRange(0, Math.max(most, 1e-3) * ROOM);
        }
        return axis;
    }

    /** Draws the whisker and the median's number beside each bar. */
    private final class WithWhiskers extends BarRenderer {
        private static final long serialVersionUID = 1;
        private static final int CAP = 3;

        @Override
        public void drawItem(Graphics2D g, CategoryItemRendererState state, Rectangle2D area, CategoryPlot plot, CategoryAxis domain, ValueAxis range,
                CategoryDataset data, int row, int column, int pass) {
            super.drawItem(g, state, area, plot, domain, range, data, row, column, pass);
            var figure = of(subjects().get(row), String.valueOf(data.getColumnKey(column)));
            if (figure.isEmpty()) return;
            double middle = calculateBarW0(plot, plot.getOrientation(), area, domain, state, state.getVisibleSeriesIndex(row), column) + state.getBarWidth() / 2;
            double from = at(figure.get().min(), range, area, plot);
            double to = at(figure.get().max(), range, area, plot);
            g.setPaint(Drawing.INK);
            g.setStroke(Drawing.THIN);
            if (figure.get().samples().size() > 1) {
                g.draw(new Line2D.Double(from, middle, to, middle));
                g.draw(new Line2D.Double(from, middle - CAP, from, middle + CAP));
                g.draw(new Line2D.Double(to, middle - CAP, to, middle + CAP));
            }
            g.setFont(Drawing.SMALL);
            g.drawString(Table.number(figure.get().median()), (float) to + 6, (float) middle + 4);
        }

        private double at(double value, ValueAxis range, Rectangle2D area, CategoryPlot plot) {
            return range.valueToJava2D(Math.max(value, range.getLowerBound()), area, plot.getRangeAxisEdge());
        }
    }
}
