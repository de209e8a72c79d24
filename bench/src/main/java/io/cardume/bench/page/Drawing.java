package io.cardume.bench.page;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.CategoryDataset;

/** How charts look, and how they become files. */
final class Drawing {
    static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    static final BasicStroke THIN = new BasicStroke(1.2f);
    private static final Map<String, Color> KNOWN = Map.of("cardume", new Color(0x1f, 0x77, 0xb4), "swarm", new Color(0xff, 0x9f, 0x40), "floor", new Color(0xaa, 0xaa, 0xaa));
    private static final Color[] OTHERS = {new Color(0x59, 0xa1, 0x4f), new Color(0x9c, 0x75, 0xb5), new Color(0xd6, 0x5f, 0x5f), new Color(0x8c, 0x6d, 0x46)};

    private Drawing() {
    }

    /** The colour of a subject; of others than the known ones, by their number. */
    static Color colour(String subject, int number) {
        return KNOWN.getOrDefault(subject, OTHERS[number % OTHERS.length]);
    }

    static JFreeChart chart(String title, Plot plot) {
        var chart = new JFreeChart(title, TITLE, plot, true);
        chart.setBackgroundPaint(Color.WHITE);
        chart.getTitle().setPaint(INK);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setOutlineVisible(false);
        chart.getLegend().setItemFont(SMALL);
        chart.getLegend().setFrame(BlockBorder.NONE);
        chart.setPadding(new RectangleInsets(8, 8, 8, 16));
        return chart;
    }

    /**
     * Bars that lie, with a name at the left of each.
     *
     * @param values the axis that says how long they are
     * @param names the most of the width that is theirs, from 0 to 1
     * @param lines of a name, at most
     * @param gap the part of the height that is between bars of two names
     */
    static CategoryPlot lying(CategoryDataset dataset, ValueAxis values, BarRenderer bars, float names, int lines, double gap) {
        bars.setBarPainter(new StandardBarPainter());
        bars.setShadowVisible(false);
        var categories = new CategoryAxis();
        categories.setMaximumCategoryLabelWidthRatio(names);
        categories.setMaximumCategoryLabelLines(lines);
        categories.setTickLabelFont(SMALL);
        categories.setCategoryMargin(gap);
        categories.setLowerMargin(0.01);
        categories.setUpperMargin(0.01);
        values.setLabelFont(SMALL);
        values.setTickLabelFont(SMALL);
        var plot = new CategoryPlot(dataset, categories, values, bars);
        plot.setOrientation(PlotOrientation.HORIZONTAL);
        plot.setRangeAxisLocation(AxisLocation.BOTTOM_OR_LEFT);
        plot.setRangeGridlinePaint(GRID);
        return plot;
    }

    /** A logarithmic axis with a number at each power of ten. */
    static LogAxis decades(String label) {
        var axis = new LogAxis(label);
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setMinorTickMarksVisible(false);
        axis.setNumberFormatOverride(new DecimalFormat("#,##0.####", DecimalFormatSymbols.getInstance(Locale.ROOT)));
        return axis;
    }

    /** Writes a chart as SVG; with the property {@code png}, as PNG too, for who wants to look at it without a browser. */
    static void write(JFreeChart chart, int width, int height, Path file) throws IOException {
        try {
            var document = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null);
            var context = SVGGeneratorContext.createDefault(document);
            context.setPrecision(2);
            context.setComment("Written by bin/bench.");
            var graphics = new SVGGraphics2D(context, false);
            graphics.setSVGCanvasSize(new Dimension(width, height));
            chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
            try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                graphics.stream(out, true);
            }
        } catch (ParserConfigurationException e) {
            throw new IOException("no SVG document can be made", e);
        }
        if (Boolean.getBoolean("png")) ChartUtils.saveChartAsPNG(file.resolveSibling(file.getFileName() + ".png").toFile(), chart, width, height);
    }
}
