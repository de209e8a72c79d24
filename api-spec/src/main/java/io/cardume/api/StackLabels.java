package io.cardume.api;

import java.util.SortedMap;

/** The labels by which {@code docker stack} knows what belongs to a stack. */
public final class StackLabels {
    /** The stack's name, on everything that belongs to it. */
    public static final String NAMESPACE = "com.docker.stack.namespace";
    /** The image as the Compose file says it, on a service; the service itself may have it pinned by digest. */
    public static final String IMAGE = "com.docker.stack.image";

    private StackLabels() {}

    /** The name of an object of a stack, as all others see it. */
    public static String scoped(String stack, String name) {
        return stack + "_" + name;
    }

    /** The stack that labels say something belongs to; "" if it belongs to none. */
    public static String stack(SortedMap<String, String> labels) {
        return labels.getOrDefault(NAMESPACE, "");
    }
}
