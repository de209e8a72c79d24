package io.cardume.agent.engine;

import java.util.Comparator;

/** Versions of the Engine API: {@code major.minor}. */
final class ApiVersion {
    private static final Comparator<String> BY_AGE = Comparator.comparingInt((String version) -> part(version, 0))
            .thenComparingInt(version -> part(version, 1));

    private ApiVersion() {}

    /** The lower of two. */
    static String older(String one, String other) {
        return BY_AGE.compare(one, other) <= 0 ? one : other;
    }

    private static int part(String version, int index) {
        return Integer.parseInt(version.split("\\.")[index]);
    }
}
