package io.cardume.manager.cluster;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import java.time.Instant;

/**
 * A user of the API. What it may do is read from the state with each of its requests, so a change holds at once.
 *
 * @param name its name
 * @param version the transaction that last changed it
 * @param createdAt when it was made
 * @param updatedAt when it was last changed
 * @param role what it may do
 * @param token SHA-256 of its bearer token in hex; the token itself is nowhere
 */
public record User(UserName name, long version, Instant createdAt, Instant updatedAt, UserRole role, String token) {
    /** A new one. */
    public static User of(UserName name, UserRole role, String token, Instant now) {
        return new User(name, 0, now, now, role, token);
    }

    /** As changed by a transaction. */
    public User changed(long version, Instant now) {
        return new User(name, version, createdAt, now, role, token);
    }

    /** With another role. */
    public User role(UserRole other) {
        return new User(name, version, createdAt, updatedAt, other, token);
    }

    /** With another token: the one before is worth nothing any more. */
    public User token(String other) {
        return new User(name, version, createdAt, updatedAt, role, other);
    }
}
