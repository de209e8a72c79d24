package io.cardume.api;

import java.util.Locale;

/** Which registry an image's name leads to: what is meant for one is given to no other. */
public final class ImageRegistry {
    /** That of names without a host. */
    public static final String HUB = "docker.io";

    private ImageRegistry() {}

    /** The {@code host[:port]} of {@code [host[:port]/]path[:tag][@digest]}, as engines read it. */
    public static String of(String image) {
        int slash = image.indexOf('/');
        var first = slash < 0 ? "" : image.substring(0, slash);
        // As engines do: a host has a dot, a port, a capital, or is this one.
        boolean hosted = first.contains(".") || first.contains(":") || first.equals("localhost") || !first.equals(first.toLowerCase(Locale.ROOT));
        return !hosted || first.equals("index.docker.io") ? HUB : first;
    }
}
