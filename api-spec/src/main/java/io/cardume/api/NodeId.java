package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a node: 25 characters of a-z and 0-9, as Swarm's. */
public record NodeId(@JsonValue String value) implements Comparable<NodeId> {
    @JsonCreator
    public NodeId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a node id is empty");
    }

    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
