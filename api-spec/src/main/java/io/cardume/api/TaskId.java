package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;

/**
 * The id of a task: 25 characters of a-z and 0-9, as Swarm's. There are very many and they are compared all the time, so such an
 * id is kept as numbers: two for 12 characters each and one for the last. Any other text is an id too, and is kept as it is.
 * Ids are in the order of their texts.
 */
public final class TaskId implements Comparable<TaskId> {
    private static final int LENGTH = 25;
    private static final int DIGITS = 12;
    /** 12 digits of 40 kinds are just below 2^64. */
    private static final int KINDS = 40;
    private static final int BEFORE_DIGITS = 1;
    private static final int ZERO = 2;
    private static final int BETWEEN = 12;
    private static final int A = 13;
    private static final int AFTER_LETTERS = 39;

    /** The first 12 characters; of another text as far as they are digits and letters, and what kind the next one is. */
    private final long first;
    private final long second;
    private final byte last;
    /** The text, if it is another; else "". */
    private final String other;

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public TaskId(String value) {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a task id is empty");
        boolean usual = isUsual(value);
        first = number(value, 0);
        second = usual ? number(value, DIGITS) : 0;
        last = usual ? (byte) kind(value.charAt(LENGTH - 1)) : 0;
        other = usual ? "" : value;
    }

    private static boolean isUsual(String value) {
        if (value.length() != LENGTH) return false;
        for (int i = 0; i < LENGTH; i++) if (!isOne(kind(value.charAt(i)))) return false;
        return true;
    }

    /** Whether only one character is of that kind. */
    private static boolean isOne(int kind) {
        return kind >= ZERO && kind < BETWEEN || kind >= A && kind < AFTER_LETTERS;
    }

    /** Kinds of characters, in the order of the characters; 0 is for the end of the text. */
    private static int kind(char c) {
        if (c < '0') return BEFORE_DIGITS;
        if (c <= '9') return ZERO + c - '0';
        if (c < 'a') return BETWEEN;
        return c <= 'z' ? A + c - 'a' : AFTER_LETTERS;
    }

    /** As an unsigned number that is never larger than that of a later text. */
    private static long number(String text, int from) {
        long number = 0;
        boolean told = true;
        for (int i = from; i < from + DIGITS; i++) {
            int kind = told && i < text.length() ? kind(text.charAt(i)) : 0;
            told &= isOne(kind);
            number = number * KINDS + kind;
        }
        return number;
    }

    /** Its text. */
    @JsonValue
    public String value() {
        if (!other.isEmpty()) return other;
        var text = new byte[LENGTH];
        spell(text, 0, first);
        spell(text, DIGITS, second);
        text[LENGTH - 1] = character(last);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void spell(byte[] text, int from, long number) {
        long rest = number;
        for (int i = from + DIGITS - 1; i >= from; i--) {
            long next = Long.divideUnsigned(rest, KINDS);
            text[i] = character((int) (rest - next * KINDS));
            rest = next;
        }
    }

    private static byte character(int kind) {
        return (byte) (kind < BETWEEN ? '0' + kind - ZERO : 'a' + kind - A);
    }

    @Override
    public int compareTo(TaskId that) {
        if (first != that.first) return Long.compareUnsigned(first, that.first);
        if (!other.isEmpty() || !that.other.isEmpty()) return value().compareTo(that.value());
        return second != that.second ? Long.compareUnsigned(second, that.second) : Byte.compare(last, that.last);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof TaskId that && first == that.first && second == that.second && last == that.last && other.equals(that.other);
    }

    @Override
    public int hashCode() {
        return other.isEmpty() ? Long.hashCode((first * 31 + second) * 31 + last) : other.hashCode();
    }

    @Override
    public String toString() {
        return value();
    }
}
