package io.cardume.manager.http;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/** A version of the Engine API, e.g. 1.44. */
record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
    static final ApiVersion OLDEST = new ApiVersion(1, 24);
    static final ApiVersion NEWEST = new ApiVersion(1, 44);
    private static final Pattern FORM = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})");

    /** The version a text says. */
    static Optional<ApiVersion> parse(String text) {
        var parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new ApiVersion(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2))))
                : Optional.empty();
    }

    /** Refuses what is older or newer than what is served, in the engine's words. */
    void orRefuse() {
        if (compareTo(OLDEST) < 0)
            throw new ApiException(400, "client version " + this + " is too old. Minimum supported API version is " + OLDEST
                    + ", please upgrade your client to a newer version");
        if (compareTo(NEWEST) > 0)
            throw new ApiException(400, "client version " + this + " is too new. Maximum supported API version is " + NEWEST);
    }

    @Override
    public int compareTo(ApiVersion other) {
        return Comparator.comparingInt(ApiVersion::major).thenComparingInt(ApiVersion::minor).compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
