package io.cardume.e2e.soak;

import java.util.List;
import java.util.Locale;

/**
 * The straight line that lies nearest to some points, by least squares, and how sure its slope is.
 *
 * @param perHour how much it rises in an hour
 * @param error   the slope is higher than so much above or below that with a chance of one in twenty each
 * @param mean    the mean of the values
 * @param minutes how long the points span
 * @param points  how many there are
 */
record Trend(double perHour, double error, double mean, double minutes, int points) {
    /** Below so long a span, or of fewer points, an hour's growth is guessed. */
    private static final double LONG_ENOUGH = 40;
    private static final int MANY_ENOUGH = 4;
    /** Student's t that one value in twenty exceeds, for one degree of freedom and more. */
    private static final double[] ONE_IN_TWENTY = {6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81};

    /** A value at a time, in minutes. */
    record Point(double minute, double value) {
    }

    /** What can be said of a line. */
    enum Verdict { TOO_SHORT, FLAT, FALLS, GROWS, UNSURE }

    static Trend of(List<Point> points) {
        double minute = points.stream().mapToDouble(Point::minute).average().orElse(0);
        double mean = points.stream().mapToDouble(Point::value).average().orElse(0);
        double squares = 0;
        double products = 0;
        for (Point point : points) {
            squares += (point.minute() - minute) * (point.minute() - minute);
            products += (point.minute() - minute) * (point.value() - mean);
        }
        double slope = squares == 0 ? 0 : products / squares;
        double off = 0;
        for (Point point : points) {
            double beside = point.value() - mean - slope * (point.minute() - minute);
            off += beside * beside;
        }
        int free = points.size() - 2;
        double error = free < 1 || squares == 0 ? Double.POSITIVE_INFINITY : oneInTwenty(free) * Math.sqrt(off / free / squares);
        double span = points.isEmpty() ? 0 : points.getLast().minute() - points.getFirst().minute();
        return new Trend(60 * slope, 60 * error, mean, span, points.size());
    }

    private static double oneInTwenty(int free) {
        // Beyond the table this is right to two digits.
        return free <= ONE_IN_TWENTY.length ? ONE_IN_TWENTY[free - 1] : 1.645 + 1.6 / free;
    }

    /** Whether it says anything of an hour. */
    boolean isLongEnough() {
        return minutes >= LONG_ENOUGH && points >= MANY_ENOUGH;
    }

    /**
     * Whether an hour brings more than this share of the mean, or more than the least if that is more. It grows, or falls, only if it is
     * sure of that; it is flat only if it is sure of that too.
     */
    Verdict verdict(double share, double least) {
        if (!isLongEnough()) return Verdict.TOO_SHORT;
        double allowed = Math.max(Math.abs(mean) * share, least);
        if (perHour - error > allowed) return Verdict.GROWS;
        if (perHour + error > allowed) return Verdict.UNSURE;
        return perHour + error < -allowed ? Verdict.FALLS : Verdict.FLAT;
    }

    /** The same in words. */
    String words(double share, double least) {
        return switch (verdict(share, least)) {
            case TOO_SHORT -> "too short to say";
            case FLAT -> "flat";
            case FALLS -> "falls";
            case GROWS -> String.format(Locale.ROOT, "GROWS by %.1f %% an hour", mean == 0 ? 0 : 100 * perHour / mean);
            case UNSURE -> "cannot be said";
        };
    }
}
