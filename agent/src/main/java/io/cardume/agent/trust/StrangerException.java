package io.cardume.agent.trust;

import java.security.cert.CertificateException;
import java.util.Optional;

/** Whoever was dialled is not a manager of the cluster that is meant; nothing was sent to it. Says why. */
public final class StrangerException extends CertificateException {
    private static final long serialVersionUID = 1;

    StrangerException(String message) {
        super(message);
    }

    /** What a failed connection has as its cause, however deep; empty if it failed for another reason. */
    public static Optional<StrangerException> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause())
            if (cause instanceof StrangerException stranger) return Optional.of(stranger);
        return Optional.empty();
    }
}
