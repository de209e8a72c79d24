package io.cardume.manager.cluster;

/**
 * How a task takes over from a living one in its slot: new before old, or as soon after it as can be.
 *
 * @param reason why the one before it has to go
 * @param order which of the two goes first
 */
public record Takeover(Reason reason, Order order) {
    /** Why a living task has to go. Whoever gives a reason takes the successor back when the reason is gone. */
    public enum Reason {
        /** The service has a newer revision. */
        REVISION,
        /** Its node is to be left. */
        DRAIN,
        /** It does better elsewhere. */
        REBALANCE,
        /** A check of it fails for good, and the service cannot do without it meanwhile. */
        HEALING
    }

    /** Which of the two goes first. */
    public enum Order {
        /** The old one is stopped when the new one is prepared, and the new one starts when the old one has ended. */
        STOP_FIRST,
        /** The new one starts beside the old one, which is stopped when the new one takes requests. */
        START_FIRST
    }
}
