package io.cardume.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as Docker writes them: {@code 500ms}, {@code 3s}, {@code 1m30s}, {@code 0}. */
final class DurationConverter implements ITypeConverter<Duration> {
    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000),
            "m", BigDecimal.valueOf(60_000_000_000L),
            "h", BigDecimal.valueOf(3_600_000_000_000L));
    private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|ms|s|m|h)");
    private static final Pattern WHOLE = Pattern.compile("0|(?:" + PART.pattern() + ")+");

    @Override
    public Duration convert(String text) {
        if (!WHOLE.matcher(text).matches())
            throw new TypeConversionException(
                    "'" + text + "' is not a duration; it looks like 500ms, 3s or 1m30s (units ns, us, ms, s, m, h)");
        var nanos = BigDecimal.ZERO;
        var parts = PART.matcher(text);
        while (parts.find()) nanos = nanos.add(new BigDecimal(parts.group(1)).multiply(NANOS.get(parts.group(2))));
        try {
            return Duration.ofNanos(nanos.longValueExact());
        } catch (ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is longer than 292 years or finer than a nanosecond");
        }
    }
}
