package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One request that was to change something or to be shown a key, done or refused. It never has a body, a header or the value of a query parameter.
 *
 * @param at when it was answered
 * @param user the user of the API; absent = nobody was proved, or whoever is on the manager's own host
 * @param proof how that was proved: {@code token}, {@code certificate} or {@code host}; absent if nothing was
 * @param from the address and port it came from, or which user of the host
 * @param method of HTTP
 * @param path as it was asked, without what follows the question mark
 * @param query the names of the query parameters
 * @param objects what was changed, as {@code service web (id)}, or shown
 * @param status of HTTP
 * @param message why it was refused, in words that quote nothing of the request
 * @param leftOut how many more there were since the entry before, of the same kind, of callers who were refused too often, or while the disk did not keep up
 */
public record AuditEntry(
        @JsonProperty("At") Instant at,
        @JsonProperty("User") Optional<UserName> user,
        @JsonProperty("Proof") Optional<String> proof,
        @JsonProperty("From") String from,
        @JsonProperty("Method") String method,
        @JsonProperty("Path") String path,
        @JsonProperty("Query") List<String> query,
        @JsonProperty("Objects") List<String> objects,
        @JsonProperty("Status") int status,
        @JsonProperty("Message") Optional<String> message,
        @JsonProperty("LeftOut") Optional<Long> leftOut) {
    public AuditEntry {
        user = Copies.optional(user);
        proof = Copies.optional(proof);
        query = Copies.list(query);
        objects = Copies.list(objects);
        message = Copies.optional(message);
        leftOut = Copies.optional(leftOut);
    }

    /** The same after so many that were left out. */
    public AuditEntry after(long others) {
        return new AuditEntry(at, user, proof, from, method, path, query, objects, status, message, others > 0 ? Optional.of(others) : Optional.empty());
    }
}
