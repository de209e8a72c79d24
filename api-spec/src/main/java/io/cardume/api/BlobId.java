package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a secret or a config: 25 characters of a-z and 0-9, as Swarm's. */
public record BlobId(@JsonValue String value) implements Comparable<BlobId> {
    @JsonCreator
    public BlobId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("the id of a secret or config is empty");
    }

    @Override
    public int compareTo(BlobId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
