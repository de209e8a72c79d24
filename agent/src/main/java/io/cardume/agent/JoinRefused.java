package io.cardume.agent;

/** A manager does not let the agent in; the message is the manager's. */
public final class JoinRefused extends Exception {
    public JoinRefused(String words) {
        super(words);
    }
}
