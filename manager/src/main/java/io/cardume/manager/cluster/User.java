package io.cardume.manager.cluster;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A user of the API. What it may do is read from the state with each of its requests, so a change holds at once.
 *
 * @param name its name
 * @param version the transaction that last changed it
 * @param createdAt when it was made
 * @param updatedAt when it was last changed
 * @param role what it may do
 * @param namespaces what it keeps to; empty = everything
 * @param token SHA-256 of its bearer token in hex; the token itself is nowhere
 */
public record User(UserName name, long version, Instant createdAt, Instant updatedAt, UserRole role, SortedSet<String> namespaces, String token) {
    public User {
        namespaces = namespaces == null ? Collections.emptySortedSet() : Collections.unmodifiableSortedSet(new TreeSet<>(namespaces));
    }

    /** A new one. */
    public static User of(UserName name, UserRole role, SortedSet<String> namespaces, String token, Instant now) {
        return new User(name, 0, now, now, role, namespaces, token);
    }

    /** As changed by a transaction. */
    public User changed(long version, Instant now) {
        return new User(name, version, createdAt, now, role, namespaces, token);
    }

    /** With another role and other namespaces. */
    public User rights(UserRole other, SortedSet<String> otherNamespaces) {
        return new User(name, version, createdAt, updatedAt, other, otherNamespaces, token);
    }

    /** With another token: the one before is worth nothing any more. */
    public User token(String other) {
        return new User(name, version, createdAt, updatedAt, role, namespaces, other);
    }
}
