package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a task: 25 characters of a-z and 0-9, as Swarm's. */
public record TaskId(@JsonValue String value) implements Comparable<TaskId> {
    @JsonCreator
    public TaskId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a task id is empty");
    }

    @Override
    public int compareTo(TaskId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
