package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the manager wants of a task; it only moves right. */
public enum DesiredState {
    /** Image pulled and container created, not started yet. */
    @JsonProperty("ready") READY,
    @JsonProperty("running") RUNNING,
    /** Stopped; its container is kept for its logs. */
    @JsonProperty("shutdown") SHUTDOWN,
    /** Stopped, then forgotten. */
    @JsonProperty("remove") REMOVE;

    /** The word on the wire, lower case. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
