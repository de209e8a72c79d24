package io.cardume.agent.files;

/** A container's files cannot be made; the message says which and why. */
public final class FilesException extends Exception {
    private static final long serialVersionUID = 1;

    public FilesException(String message, Throwable cause) {
        super(message, cause);
    }

    public FilesException(String message) {
        super(message);
    }
}
