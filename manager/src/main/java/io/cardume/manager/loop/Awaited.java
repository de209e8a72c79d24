package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.pcollections.TreePSet;

/**
 * The nodes that have not been heard of since the manager's start. Letting thousands of agents in again takes longer than a
 * lease: as long as some of them come, the leases of the others begin anew. The last to come are not the lost ones; those who
 * are, are so one lease after the last has come, and two minutes and a lease after the start at the latest.
 *
 * @param begun when it began to wait
 * @param since the instant their leases began at; nobody else's did
 * @param nodes who there was then
 */
public record Awaited(Instant begun, Instant since, SortedSet<NodeId> nodes) {
    /** Nobody. */
    public static final Awaited NOBODY = new Awaited(Instant.EPOCH, Instant.EPOCH, Collections.emptySortedSet());
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofMinutes(2);

    public Awaited {
        nodes = Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
    }

    /** All nodes with agents that are not down are awaited, from the time of the draft on. */
    static Awaited all(Draft draft) {
        var all = new TreeSet<NodeId>();
        for (Node node : draft.state().nodes().values()) if (node.hasAgent() && node.liveness() != Node.Liveness.DOWN) all.add(node.id());
        var awaited = new Awaited(draft.now(), instantOf(draft.now()), all);
        all.forEach(id -> draft.add(new Change.NodeHeard(id, awaited.since)));
        return awaited;
    }

    /** Whoever is heard in the same turn is so at the turn's time itself. */
    private static Instant instantOf(Instant now) {
        return now.minusNanos(1);
    }

    private TreePSet<NodeId> in(ClusterState state) {
        return state.silentSince().getOrDefault(since, TreePSet.empty());
    }

    /** Those who are waited for anew, if some have come and others have not: {@link #beginAnew} is to be done then. */
    public Optional<Awaited> next(ClusterState state, Instant now) {
        return isDue(state, now) ? Optional.of(new Awaited(begun, instantOf(now), in(state))) : Optional.empty();
    }

    private boolean isDue(ClusterState state, Instant now) {
        if (nodes.isEmpty() || now.isBefore(since.plus(AGAIN)) || now.isAfter(begun.plus(LONGEST))) return false;
        var left = in(state);
        // Who was removed, or is down, has not come.
        return !left.isEmpty() && left.size() < nodes.size()
                && nodes.stream().anyMatch(id -> !left.contains(id) && state.heard(id).isPresent());
    }

    /** The command by which the leases of those who have not come begin anew. */
    public Command<Void> beginAnew(Awaited next) {
        return draft -> {
            for (NodeId id : in(draft.state())) draft.add(new Change.NodeHeard(id, next.since));
            return null;
        };
    }

    /** After a time in which nobody listened. */
    public Awaited movedBy(Duration lost) {
        return new Awaited(begun.plus(lost), since.plus(lost), nodes);
    }
}
