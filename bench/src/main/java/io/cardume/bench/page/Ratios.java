package io.cardume.bench.page;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.CategoryItemRendererState;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;

/** One bar for each figure that both have: how many times Swarm's median Cardume's is; the other way round where more is better. */
record Ratios(String title, String file, Run run) implements Charts.Chart {
    private static final int WIDTH = 960;
    private static final int ROW = 24;
    private static final int FRAME = 110;
    private static final Color AHEAD = new Color(0x1f, 0x77, 0xb4);
    private static final Color BEHIND = new Color(0xd6, 0x5f, 0x5f);

    @Override
    public void write(Path directory) throws IOException {
        var ratios = ratios();
        var dataset = new DefaultCategoryDataset();
        ratios.forEach((ratio, name) -> dataset.addValue(ratio, "ratio", name));
        var renderer = new BesideOne();
        renderer.setBase(1);
        renderer.setDefaultSeriesVisibleInLegend(false);
        var values = Drawing.decades("times Swarm's median: blue, to the left of 1, Cardume takes less; red, to the right, more");
        values.setRange(Math.min(0.1, ratios.isEmpty() ? 1 : ratios.firstKey() / 2.2), Math.max(10, ratios.isEmpty() ? 1 : ratios.lastKey() * 2.2));
        Drawing.write(Drawing.chart(title, Drawing.lying(dataset, values, renderer, 0.45f, 1, 0.25)), WIDTH, FRAME + ratios.size() * ROW, directory.resolve(file));
    }

    /** The figures by how Cardume does, best first. */
    private SortedMap<Double, String> ratios() {
        var table = new Table(run);
        var ratios = new TreeMap<Double, String>();
        for (String name : run.names())
            table.ratio(name, "swarm").ifPresent(ratio -> {
                double worse = run.figure(name, "cardume").orElseThrow().higher() ? 1 / ratio : ratio;
                // Two that are the same to the last digit both have their bar.
                while (ratios.containsKey(worse)) worse = Math.nextUp(worse);
                ratios.put(worse, name);
            });
        return ratios;
    }

    /** Bars in the colour of their side of 1, with their number beside them. */
    private static final class BesideOne extends BarRenderer {
        private static final long serialVersionUID = 1;

        @Override
        public Paint getItemPaint(int row, int column) {
            return getPlot().getDataset().getValue(row, column).doubleValue() < 1 ? AHEAD : BEHIND;
        }

        @Override
        public void drawItem(Graphics2D g, CategoryItemRendererState state, Rectangle2D area, CategoryPlot plot, CategoryAxis domain, ValueAxis range,
                CategoryDataset data, int row, int column, int pass) {
            super.drawItem(g, state, area, plot, domain, range, data, row, column, pass);
            double value = data.getValue(row, column).doubleValue();
            double middle = calculateBarW0(plot, plot.getOrientation(), area, domain, state, row, column) + state.getBarWidth() / 2;
            g.setPaint(Drawing.INK);
            g.setFont(Drawing.SMALL);
            var words = Table.number(value);
            double end = range.valueToJava2D(value, area, plot.getRangeAxisEdge());
            g.drawString(words, (float) (value < 1 ? end - 6 - g.getFontMetrics().stringWidth(words) : end + 6), (float) middle + 4);
        }
    }
}
