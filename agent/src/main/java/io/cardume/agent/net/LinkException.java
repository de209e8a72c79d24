package io.cardume.agent.net;

/** A device could not be made or removed; the message is the kernel's or says what is missing. */
public class LinkException extends Exception {
    private static final long serialVersionUID = 1;

    public LinkException(String message) {
        super(message);
    }

    /** The command for it cannot be run, mostly as it is not installed. */
    public static final class Missing extends LinkException {
        private static final long serialVersionUID = 1;

        Missing(String message) {
            super(message);
        }
    }
}
