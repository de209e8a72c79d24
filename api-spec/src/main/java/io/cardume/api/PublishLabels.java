package io.cardume.api;

import java.util.List;
import java.util.SortedMap;

/**
 * Which tasks a host's published ports lead to, by {@code cardume.publish.local}: unsaid, to those on every host;
 * {@code prefer}, to those on the host itself as long as there is one; {@code only}, to those on the host itself, and a
 * host without one refuses. Tasks that are preferred so see the client's own address.
 */
public final class PublishLabels {
    /** The label. */
    public static final String LOCAL = "cardume.publish.local";

    private static final List<String> WORDS = List.of("prefer", "only");

    /** Which tasks it is. */
    public enum Local {
        /** Those on every host; where the label says nothing. */
        EVERYWHERE,
        /** Those on the host itself, others only where there is none. */
        PREFER,
        /** Those on the host itself. */
        ONLY
    }

    /** The label, as one of the families. */
    public static final ServiceLabels.Family FAMILY = ServiceLabels.Family.of(LOCAL, said -> WORDS.contains(said),
            "one of " + String.join(", ", WORDS));

    private PublishLabels() {}

    /** What a service's labels say of it. */
    public static Local local(SortedMap<String, String> labels) {
        return switch (labels.getOrDefault(LOCAL, "")) {
            case "prefer" -> Local.PREFER;
            case "only" -> Local.ONLY;
            default -> Local.EVERYWHERE;
        };
    }
}
