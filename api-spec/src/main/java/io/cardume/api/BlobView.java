package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * A secret or a config as the API shows it (Engine API: Secret, Config).
 *
 * @param id its id
 * @param version the version an update must name
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as declared; of a secret without its bytes
 */
public record BlobView(
        @JsonProperty("ID") BlobId id,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Spec") BlobSpec spec) {}
