package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A user of the API, without what it proves itself with.
 *
 * @param name its name
 * @param version the transaction that last changed it
 * @param createdAt when it was made
 * @param updatedAt when it was last changed
 * @param role what it may do
 * @param namespaces the stacks it keeps to; empty = everything
 * @param certificateExpiresAt when its certificate ends; empty = it has none
 */
public record UserView(
        @JsonProperty("Name") UserName name,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Role") UserRole role,
        @JsonProperty("Namespaces") List<String> namespaces,
        @JsonProperty("CertificateExpiresAt") Optional<Instant> certificateExpiresAt) {}
