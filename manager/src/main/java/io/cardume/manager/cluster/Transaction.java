package io.cardume.manager.cluster;

import java.time.Instant;
import java.util.List;

/**
 * One entry of the log: changes that happen together or not at all.
 *
 * @param version its number; the state's version after it, and the version of every object it puts
 * @param at when it was decided
 * @param changes stored changes only
 */
public record Transaction(long version, Instant at, List<Change> changes) {
    public Transaction {
        changes = List.copyOf(changes);
    }
}
