package io.cardume.agent.net;

/** A device could not be made or removed; the message is the kernel's or says what is missing. */
public final class LinkException extends Exception {
    private static final long serialVersionUID = 1;

    public LinkException(String message) {
        super(message);
    }
}
