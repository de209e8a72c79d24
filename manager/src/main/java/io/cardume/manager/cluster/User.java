package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.api.trust.RootDigest;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
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
 * @param certificate the one it may show; empty = none
 */
public record User(UserName name, long version, Instant createdAt, Instant updatedAt, UserRole role, SortedSet<String> namespaces, String token, Optional<Certificate> certificate) {
    /**
     * A certificate that was issued to it.
     *
     * @param digest its SHA-256: no other of the same name is taken for it
     * @param ends when it ends
     */
    public record Certificate(RootDigest digest, Instant ends) {}

    public User {
        certificate = Copies.optional(certificate);
        // What is empty is left out of the log.
        namespaces = Collections.unmodifiableSortedSet(namespaces == null ? new TreeSet<>() : new TreeSet<>(namespaces));
    }

    /** A new one. */
    public static User of(UserName name, UserRole role, SortedSet<String> namespaces, String token, Optional<Certificate> certificate, Instant now) {
        return new User(name, 0, now, now, role, namespaces, token, certificate);
    }

    /** As changed by a transaction. */
    public User changed(long version, Instant now) {
        return new User(name, version, createdAt, now, role, namespaces, token, certificate);
    }

    /** With another role and other namespaces. */
    public User rights(UserRole other, SortedSet<String> otherNamespaces) {
        return new User(name, version, createdAt, updatedAt, other, otherNamespaces, token, certificate);
    }

    /** With another token and another certificate, or none: those before are worth nothing any more. */
    public User rotated(String other, Optional<Certificate> otherCertificate) {
        return new User(name, version, createdAt, updatedAt, role, namespaces, other, otherCertificate);
    }
}
