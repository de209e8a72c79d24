package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A resource limit of a container's processes.
 *
 * @param name name as in setrlimit, lower case, without RLIMIT_
 * @param soft soft limit, -1 = unlimited
 * @param hard hard limit, -1 = unlimited
 */
public record Ulimit(
        @JsonProperty("Name") String name,
        @JsonProperty("Soft") long soft,
        @JsonProperty("Hard") long hard) {
    public Ulimit {
        name = Copies.text(name);
    }
}
