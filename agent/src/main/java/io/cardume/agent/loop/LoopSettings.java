package io.cardume.agent.loop;

import java.time.Duration;

/**
 * How the agent's loop works.
 *
 * @param resync all containers are looked at this often, in case news of them was lost
 * @param gather statuses that follow one another within this time are told together
 * @param passing a status on the way to running may wait so long for others: nothing is decided by it
 * @param offlineAfter without a manager for longer than this the agent decides alone
 * @param starts containers made, started or removed at the same time
 * @param stops containers being stopped at the same time; each may take its whole grace period
 * @param engineLostAfter an engine that does not answer for longer than this makes the node as good as silent: a restart
 *     of the engine is shorter
 */
public record LoopSettings(Duration resync, Duration gather, Duration passing, Duration offlineAfter, int starts, int stops, Duration engineLostAfter) {
    /** The defaults; four starts at once are as fast as any number, and the first is there sooner. */
    public static final LoopSettings DEFAULT = new LoopSettings(
            Duration.ofSeconds(15),
            Duration.ofMillis(20),
            Duration.ofMillis(250),
            Duration.ofSeconds(5),
            4,
            64,
            Duration.ofSeconds(30));
}
