package io.cardume.api.trust;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/**
 * Whom a certificate is for.
 *
 * @param name CN: a node's id, a user's name
 * @param unit OU: what it is, one of {@link #WORKER}, {@link #MANAGER}, or another room's
 * @param organization O: the cluster's id
 */
public record Subject(String name, String unit, String organization) {
    /** A node's agent. */
    public static final String WORKER = "swarm-worker";
    /** A manager. */
    public static final String MANAGER = "swarm-manager";

    public Subject {
        for (String part : List.of(name, unit, organization))
            if (part.isEmpty() || part.length() > 128) throw new IllegalArgumentException("a part of a certificate's subject has 1 to 128 characters");
    }

    /** That of a certificate; empty if it lacks a part or has one twice. */
    public static Optional<Subject> of(X509Certificate certificate) {
        try {
            var parts = new LdapName(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253)).getRdns();
            var name = only(parts, "CN");
            var unit = only(parts, "OU");
            var organization = only(parts, "O");
            if (name.isEmpty() || unit.isEmpty() || organization.isEmpty()) return Optional.empty();
            return Optional.of(new Subject(name.get(), unit.get(), organization.get()));
        } catch (InvalidNameException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> only(List<Rdn> parts, String type) {
        var found = parts.stream().filter(part -> part.size() == 1 && part.getType().equalsIgnoreCase(type) && part.getValue() instanceof String)
                .map(part -> (String) part.getValue()).toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }
}
