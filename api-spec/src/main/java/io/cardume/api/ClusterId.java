package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a cluster: 25 characters of a-z and 0-9, as Swarm's. */
public record ClusterId(@JsonValue String value) implements Comparable<ClusterId> {
    @JsonCreator
    public ClusterId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a cluster id is empty");
    }

    @Override
    public int compareTo(ClusterId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
