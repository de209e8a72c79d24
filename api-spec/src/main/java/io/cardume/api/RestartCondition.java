package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When a task that ended is restarted. */
public enum RestartCondition {
    @JsonProperty("none") NONE,
    @JsonProperty("on-failure") ON_FAILURE,
    @JsonProperty("any") ANY
}
