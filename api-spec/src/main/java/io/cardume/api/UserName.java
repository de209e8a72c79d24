package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** The name of a user of the API: 1 to 63 letters, digits, {@code _ . @ -}, a letter or digit first. */
public record UserName(@JsonValue String value) implements Comparable<UserName> {
    /** What a name looks like, in words. */
    public static final String FORM = "1 to 63 letters, digits, _, ., @ and -, a letter or digit first";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.@-]{0,62}");

    @JsonCreator
    public UserName {
        if (!isName(value)) throw new IllegalArgumentException("a user's name is " + FORM);
    }

    /** Whether a text can be a user's name. */
    public static boolean isName(String text) {
        return text != null && NAME.matcher(text).matches();
    }

    @Override
    public int compareTo(UserName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
