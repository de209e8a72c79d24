package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Node.Liveness;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Who is alive: a node that is silent becomes suspect, then down; one that is heard again is ready. When more than half
 * of at least three nodes are silent together, the manager suspects itself rather than them, and holds back for a while.
 * Two nodes or one are never "most of the cluster": half of two is one, and one has nowhere else to run anyway.
 */
final class Leases implements PlanStep {
    private static final int FEWEST_FOR_MASS_SILENCE = 3;
    private static final String LATE = "heartbeat is late";
    private static final String DOWN = "heartbeat failure";
    private static final String MASS =
            "heartbeat is late, as those of more than half of the nodes: the manager suspects itself and replaces nothing yet";

    private final PlannerSettings settings;

    Leases(PlannerSettings settings) {
        this.settings = settings;
    }

    @Override
    public void plan(Draft draft) {
        for (NodeId id : draft.state().touched().nodes()) welcomeBack(draft, id);
        var silentSince = draft.state().silentSince().headMap(draft.now().minus(settings.suspectAfter()), true);
        // Longest silence first: each that goes down leaves fewer for the question whether most are silent.
        silentSince.values().forEach(nodes -> nodes.forEach(id -> judge(draft, id)));
    }

    private void welcomeBack(Draft draft, NodeId id) {
        var node = draft.state().node(id);
        var heard = draft.state().heard(id);
        if (node.isEmpty() || heard.isEmpty() || silence(heard.get(), draft.now()).compareTo(settings.suspectAfter()) >= 0) return;
        put(draft, node.get(), Liveness.READY, "");
    }

    private void judge(Draft draft, NodeId id) {
        var node = draft.state().nodes().get(id);
        var silence = silence(draft.state().heard(id).orElseThrow(), draft.now());
        boolean mass = mostAreSilent(draft.state(), draft.now());
        if (silence.compareTo(downAfter(mass)) >= 0) put(draft, node, Liveness.DOWN, DOWN);
        else put(draft, node, Liveness.SUSPECT, mass ? MASS : LATE);
    }

    private static void put(Draft draft, Node node, Liveness liveness, String words) {
        if (node.liveness() != liveness || !node.message().equals(words)) draft.put(node.seen(liveness, words));
    }

    private boolean mostAreSilent(ClusterState state, Instant now) {
        int nodes = state.silentSince().values().stream().mapToInt(ids -> ids.size()).sum();
        int silent = state.silentSince().headMap(now.minus(settings.suspectAfter()), true).values().stream()
                .mapToInt(ids -> ids.size()).sum();
        return nodes >= FEWEST_FOR_MASS_SILENCE && 2 * silent > nodes;
    }

    private Duration downAfter(boolean mass) {
        return mass ? settings.downAfter().plus(settings.massSilenceHold()) : settings.downAfter();
    }

    private static Duration silence(Instant heard, Instant now) {
        return Duration.between(heard, now);
    }

    /** The next end of a lease: the first of those not suspect yet, or of the suspects, who are in the order of their silence. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var suspects = state.silentSince().headMap(now.minus(settings.suspectAfter()), true);
        var others = state.silentSince().tailMap(now.minus(settings.suspectAfter()), false);
        var nextSuspect = Optional.ofNullable(others.isEmpty() ? null : others.firstKey()).map(heard -> heard.plus(settings.suspectAfter()));
        if (suspects.isEmpty()) return nextSuspect;
        var nextDown = suspects.firstKey().plus(downAfter(mostAreSilent(state, now)));
        return nextSuspect.filter(at -> at.isBefore(nextDown)).or(() -> Optional.of(nextDown));
    }
}
