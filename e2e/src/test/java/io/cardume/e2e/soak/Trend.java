package io.cardume.e2e.soak;

import java.util.List;
import java.util.Locale;

/**
 * The straight line that lies nearest to some points, by least squares.
 *
 * @param perHour how much it rises in an hour
 * @param mean    the mean of the values
 * @param minutes how long the points span
 */
record Trend(double perHour, double mean, double minutes) {
    /** Below so long a span an hour's growth is guessed. */
    private static final double LONG_ENOUGH = 35;

    /** A value at a time, in minutes. */
    record Point(double minute, double value) {
    }

    static Trend of(List<Point> points) {
        double minute = points.stream().mapToDouble(Point::minute).average().orElse(0);
        double mean = points.stream().mapToDouble(Point::value).average().orElse(0);
        double squares = 0;
        double products = 0;
        for (Point point : points) {
            squares += (point.minute() - minute) * (point.minute() - minute);
            products += (point.minute() - minute) * (point.value() - mean);
        }
        double span = points.isEmpty() ? 0 : points.getLast().minute() - points.getFirst().minute();
        return new Trend(squares == 0 ? 0 : 60 * products / squares, mean, span);
    }

    /** Whether it says anything of an hour. */
    boolean isLongEnough() {
        return minutes >= LONG_ENOUGH;
    }

    /** In words: flat, if an hour brings no more than this share of the mean or this much. */
    String verdict(double share, double least) {
        if (!isLongEnough()) return "too short to say";
        double allowed = Math.max(Math.abs(mean) * share, least);
        if (perHour > allowed) return String.format(Locale.ROOT, "GROWS by %.1f %% an hour", mean == 0 ? 0 : 100 * perHour / mean);
        return perHour < -allowed ? "falls" : "flat";
    }
}
