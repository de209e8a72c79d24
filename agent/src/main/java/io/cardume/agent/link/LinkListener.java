package io.cardume.agent.link;

import io.cardume.api.ClusterId;
import io.cardume.api.link.ToAgent;
import java.time.Instant;

/**
 * Hears what comes over the link. Calls never overlap, and nothing of a connection comes after {@link #parted}; a call
 * may block, which slows the manager down.
 */
public interface LinkListener {
    /** A manager has let the agent in; answers to it may be sent from now on. */
    void joined(ClusterId cluster);

    /** A manager says something; {@link ToAgent.Welcome} and {@link ToAgent.Refused} are never among it. */
    void told(ToAgent message);

    /** A manager does not let the agent in; its words. */
    void refused(String words);

    /** The connection is over; when the manager was last heard. */
    void parted(Instant lastHeard);
}
