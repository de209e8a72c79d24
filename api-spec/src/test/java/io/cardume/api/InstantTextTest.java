package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstantTextTest {
    @Test
    void everyTimeIsReadAsItIsWritten() {
        var random = new SplittableRandom(3);
        for (int i = 0; i < 100_000; i++) {
            int digits = random.nextInt(10);
            long unit = Math.round(Math.pow(10, digits));
            var time = Instant.ofEpochSecond(random.nextLong(-62_167_219_200L, 253_402_300_800L), random.nextInt(1_000_000_000) / unit * unit);
            assertThat(InstantText.parse(time.toString())).isEqualTo(time);
        }
    }

    @Test
    void whateverIsChangedInATextItMeansWhatTheJdkSays() {
        var random = new SplittableRandom(4);
        for (int i = 0; i < 200_000; i++) {
            var text = new StringBuilder(random.nextBoolean() ? "2024-02-28T23:59:58.123456789Z" : "1999-12-31T00:00:00Z");
            for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                char other = "0123456789-:.TZ+ ".charAt(random.nextInt(17));
                switch (random.nextInt(4)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, other);
                    default -> text.setCharAt(at, other);
                }
            }
            Instant expected;
            try {
                expected = OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeParseException e) {
                assertThatThrownBy(() -> InstantText.parse(text.toString())).as("%s", text).isInstanceOf(DateTimeParseException.class);
                continue;
            }
            assertThat(InstantText.parse(text.toString())).as("%s", text).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-02-29T12:00:00Z", "2000-02-29T12:00:00.5Z", "2026-11-22T10:20:30+02:00", "2026-11-22T10:20Z", "0000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"})
    void theRareOnesAreReadToo(String text) {
        assertThat(InstantText.parse(text)).isEqualTo(OffsetDateTime.parse(text).toInstant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Z", "2023-02-29T12:00:00Z", "2026-04-31T12:00:00Z", "2026-11-22T24:00:01Z", "2026-11-22T10:20:60Z", 
        "2026-11-22T10:20:30.1234567890Z", "2026-00-22T10:20:30Z", "2026-11-22 10:20:30Z", "٢٠٢٦-11-22T10:20:30Z"})
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> InstantText.parse(text)).isInstanceOf(DateTimeParseException.class);
    }
}
