package io.cardume.manager.plan;

import java.util.Locale;

/** Names of processor architectures: uname's and Go's for the same thing. */
final class Architecture {
    private Architecture() {}

    /** The name Go has for it. */
    static String canonical(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "x86_64", "x86-64", "amd64" -> "amd64";
            case "aarch64", "arm64" -> "arm64";
            case String other -> other;
        };
    }
}
