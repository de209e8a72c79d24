package io.cardume.agent.loop;

import io.cardume.api.link.FromAgent;

/** Where the agent's words to the manager go. */
public interface Outbox {
    /** Sends without waiting; whether the message is on its way. */
    boolean say(FromAgent message);

    /** Sends, waiting for room; whether the message is on its way. */
    boolean sayPatiently(FromAgent message) throws InterruptedException;
}
