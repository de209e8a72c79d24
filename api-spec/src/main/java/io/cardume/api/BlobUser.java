package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A service that uses a secret or a config.
 *
 * @param id its id
 * @param name its name
 * @param current whether its spec refers to it now; otherwise tasks of an earlier spec do, and a rollback may
 */
public record BlobUser(
        @JsonProperty("ID") ServiceId id, @JsonProperty("Name") String name, @JsonProperty("Current") boolean current) {}
