package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a service: 25 characters of a-z and 0-9, as Swarm's. */
public record ServiceId(@JsonValue String value) implements Comparable<ServiceId> {
    private static final Shared<ServiceId> READ = new Shared<>();

    public ServiceId {
        if (value == null || value.isEmpty()) throw new IllegalArgumentException("a service id is empty");
    }

    /** As it is read: the ids of few are in what is read of many. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static ServiceId read(String value) {
        return READ.of(new ServiceId(value));
    }

    @Override
    public int compareTo(ServiceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
