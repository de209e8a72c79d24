package io.cardume.api;

import java.util.Optional;

/** The networks every engine has by itself: a task on one of them is in that network mode of its host's engine. */
public enum PredefinedNetwork {
    /** The engine's default bridge. */
    BRIDGE("bridge", "bridge", "cardumebridge000000000000"),
    /** The host's own network. */
    HOST("host", "host", "cardumehost00000000000000"),
    /** No network at all. */
    NONE("none", "null", "cardumenone00000000000000");

    private final String word;
    private final String driver;
    private final NetworkId id;

    PredefinedNetwork(String word, String driver, String id) {
        this.word = word;
        this.driver = driver;
        this.id = new NetworkId(id);
    }

    /** Its name, and the network mode of its containers. */
    public String word() {
        return word;
    }

    /** The engine's driver for it. */
    public String driver() {
        return driver;
    }

    /** The id it has in every cluster. */
    public NetworkId id() {
        return id;
    }

    /** The one of that name or id. */
    public static Optional<PredefinedNetwork> of(String nameOrId) {
        for (PredefinedNetwork network : values())
            if (network.word.equals(nameOrId) || network.id.value().equals(nameOrId)) return Optional.of(network);
        return Optional.empty();
    }
}
