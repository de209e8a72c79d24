package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a network: 25 characters of a-z and 0-9, as Swarm's. */
public record NetworkId(@JsonValue String value) implements Comparable<NetworkId> {
    @JsonCreator
    public NetworkId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a network id is empty");
    }

    @Override
    public int compareTo(NetworkId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
