package io.cardume.manager.link;

/** A task's log cannot be had, or not to its end; the message says why. */
public class LogsUnavailable extends Exception {
    public LogsUnavailable(String message) {
        super(message);
    }
}
