package io.cardume.cli;

/** A setting is wrong or missing; the message says which one and what to do. */
final class UsageException extends RuntimeException {
    UsageException(String message) {
        super(message);
    }
}
