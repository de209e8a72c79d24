package io.cardume.cli;

import io.cardume.api.GoDuration;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as Docker writes them. */
final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        return GoDuration.parse(text)
                .orElseThrow(() -> new TypeConversionException("'" + text
                        + "' is no duration; it looks like 500ms, 3s or 1m30s (units ns, us, ms, s, m, h)"));
    }
}
