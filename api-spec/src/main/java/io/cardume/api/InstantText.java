package io.cardume.api;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;

/**
 * Times as text, RFC 3339. A large state has millions of them, nearly all as {@link Instant#toString} writes them: those are read without a formatter.
 */
final class InstantText {
    private static final int SECONDS_END = 19;
    private static final int LONGEST = 30;
    private static final int DAY_SECONDS = 86_400;
    private static final int NANO_DIGITS = 9;

    private InstantText() {}

    /**
     * What a text says.
     *
     * @throws java.time.format.DateTimeParseException if it is no time
     */
    static Instant parse(String text) {
        int length = text.length();
        if (length > SECONDS_END && length <= LONGEST && text.charAt(length - 1) == 'Z' && isCommon(text, length)) {
            int year = number(text, 0, 4);
            int month = number(text, 5, 7);
            int day = number(text, 8, 10);
            int hour = number(text, 11, 13);
            int minute = number(text, 14, 16);
            int second = number(text, 17, SECONDS_END);
            if (month >= 1 && month <= 12 && day >= 1 && day <= 28 + (day > 28 ? YearMonth.of(year, month).lengthOfMonth() - 28 : 0)
                    && hour < 24 && minute < 60 && second < 60)
                return Instant.ofEpochSecond(LocalDate.of(year, month, day).toEpochDay() * DAY_SECONDS + (hour * 60L + minute) * 60 + second, nanos(text, length));
        }
        return OffsetDateTime.parse(text).toInstant();
    }

    private static boolean isCommon(String text, int length) {
        for (int i = 0; i < length - 1; i++) {
            char found = text.charAt(i);
            boolean good = switch (i) {
                case 4, 7 -> found == '-';
                case 10 -> found == 'T';
                case 13, 16 -> found == ':';
                case SECONDS_END -> found == '.';
                default -> found >= '0' && found <= '9';
            };
            if (!good) return false;
        }
        return length != SECONDS_END + 2;
    }

    private static int number(String digits, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) number = 10 * number + digits.charAt(i) - '0';
        return number;
    }

    private static int nanos(String text, int length) {
        int nanos = 0;
        for (int i = 0; i < NANO_DIGITS; i++) {
            int at = SECONDS_END + 1 + i;
            nanos = 10 * nanos + (at < length - 1 ? text.charAt(at) - '0' : 0);
        }
        return nanos;
    }
}
