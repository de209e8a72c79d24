package io.cardume.api.link;

import io.cardume.api.Copies;

/**
 * Something that a node cannot answer requests from outside for.
 *
 * @param kind what it is about, and so whom it concerns
 * @param about the port, as {@code 8080/tcp}, or the name of the secret with the certificate
 * @param words why, as a phrase; names the process that has a port, if it is known
 */
public record PortTrouble(Kind kind, String about, String words) {
    /** What it may be about. */
    public enum Kind {
        /** A port that a service publishes on every node. */
        PUBLISHED,
        /** The port on which services are reached by HTTP. */
        HTTP,
        /** The port on which services are reached by HTTPS. */
        HTTPS,
        /** A certificate of the services that name its secret. */
        CERTIFICATE
    }

    public PortTrouble {
        if (kind == null) throw new IllegalArgumentException("a trouble is of some kind");
        about = Copies.text(about);
        words = Copies.words(words);
    }
}
