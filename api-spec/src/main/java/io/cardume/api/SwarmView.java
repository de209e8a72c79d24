package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The cluster as the API shows it.
 *
 * @param id its id
 * @param version the version an update must name
 * @param createdAt when it was formed
 * @param updatedAt when it was last changed
 * @param spec what users want of it
 * @param tlsInfo the root that certificates come from now
 * @param rootRotationInProgress whether nodes are still moving to that root
 * @param defaultAddrPool Swarm's default
 * @param subnetSize Swarm's default
 * @param dataPathPort Swarm's default
 * @param joinTokens the secrets with which nodes join; left out in {@code /info}
 */
public record SwarmView(
        @JsonProperty("ID") ClusterId id,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Spec") SwarmSpec spec,
        @JsonProperty("TLSInfo") TlsInfo tlsInfo,
        @JsonProperty("RootRotationInProgress") boolean rootRotationInProgress,
        @JsonProperty("DefaultAddrPool") List<String> defaultAddrPool,
        @JsonProperty("SubnetSize") int subnetSize,
        @JsonProperty("DataPathPort") int dataPathPort,
        @JsonProperty("JoinTokens") Optional<JoinTokens> joinTokens) {
    /**
     * The root that certificates come from.
     *
     * @param trustRoot its certificate, in PEM
     * @param certIssuerSubject its subject, DER in base64
     * @param certIssuerPublicKey its public key, DER in base64
     */
    public record TlsInfo(
            @JsonProperty("TrustRoot") String trustRoot,
            @JsonProperty("CertIssuerSubject") String certIssuerSubject,
            @JsonProperty("CertIssuerPublicKey") String certIssuerPublicKey) {
        /** Of who has no certificate yet. */
        public static final TlsInfo NONE = new TlsInfo("", "", "");
    }

    /** The secrets with which nodes join. */
    public record JoinTokens(@JsonProperty("Worker") String worker, @JsonProperty("Manager") String manager) {        /** Without what is secret. */
        @Override
        public String toString() {
            return "JoinTokens";
        }
    }
}
