package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Where a task is in its life, in Swarm's words and order. A task only moves right; everything from {@link #COMPLETE} on
 * is dead.
 */
public enum TaskState {
    @JsonProperty("new") NEW,
    @JsonProperty("pending") PENDING,
    @JsonProperty("assigned") ASSIGNED,
    @JsonProperty("accepted") ACCEPTED,
    @JsonProperty("preparing") PREPARING,
    @JsonProperty("ready") READY,
    @JsonProperty("starting") STARTING,
    @JsonProperty("running") RUNNING,
    @JsonProperty("complete") COMPLETE,
    @JsonProperty("shutdown") SHUTDOWN,
    @JsonProperty("failed") FAILED,
    @JsonProperty("rejected") REJECTED,
    @JsonProperty("orphaned") ORPHANED;

    /** Whether the task's container has ended, or never will be. */
    public boolean isDead() {
        return compareTo(COMPLETE) >= 0;
    }

    /** Whether a task seen here may be seen there next; the dead stay as they are. */
    public boolean mayBecome(TaskState next) {
        return !isDead() && next.compareTo(this) >= 0;
    }

    /** The word on the wire, lower case. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
