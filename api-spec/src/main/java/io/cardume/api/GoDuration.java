package io.cardume.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go and Docker's command line write them: {@code 1m30s}, {@code 500ms}, {@code 1.5h}, {@code 0}. */
public final class GoDuration {
    private static final Pattern PART = Pattern.compile("\\G([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)");

    private GoDuration() {}

    /** The duration a text says, down to whole nanoseconds; empty if it says none, a negative one, or over 292 years. */
    public static Optional<Duration> parse(String text) {
        if (text.equals("0")) return Optional.of(Duration.ZERO);
        Matcher part = PART.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (part.find()) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2)))));
            end = part.end();
        }
        if (end == 0 || end < text.length() || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0)
            return Optional.empty();
        return Optional.of(Duration.ofNanos(nanos.longValue()));
    }

    /** A duration in the same words: {@code 1m30s}, {@code 500ms}, {@code 0s}. */
    public static String text(Duration duration) {
        if (duration.isZero()) return "0s";
        long nanos = duration.toNanos();
        if (nanos % 1_000_000 != 0) return nanos + "ns";
        if (nanos % 1_000_000_000 != 0) return duration.toMillis() + "ms";
        return (duration.toHours() > 0 ? duration.toHours() + "h" : "")
                + (duration.toMinutesPart() > 0 ? duration.toMinutesPart() + "m" : "")
                + (duration.toSecondsPart() > 0 ? duration.toSecondsPart() + "s" : "");
    }

    private static long unit(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us", "µs", "μs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }
}
