package io.cardume.manager.link;

/** A log was read so slowly that it was let go of; it can be had on from its last line. */
public final class LogsBehind extends LogsUnavailable {
    LogsBehind(String message) {
        super(message);
    }
}
