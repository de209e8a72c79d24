package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a node: 25 characters of a-z and 0-9, as Swarm's. */
public record NodeId(@JsonValue String value) implements Comparable<NodeId> {
    private static final Shared<NodeId> READ = new Shared<>();

    public NodeId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a node id is empty");
    }

    /** As it is read: the ids of few are in what is read of many. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static NodeId read(String value) {
        return READ.of(new NodeId(value));
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
