package io.cardume.manager.plan;

import io.cardume.api.EngineTrouble;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node.Liveness;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * Who is alive: a node that is silent becomes suspect, then down; one that is heard again is ready. When more than half
 * of at least three nodes are silent together, the manager suspects itself rather than them, and holds back for a while.
 * Two nodes or one are never "most of the cluster": half of two is one, and one has nowhere else to run anyway.
 */
final class Leases implements PlanStep {
    private static final int FEWEST_FOR_MASS_SILENCE = 3;
    /** Some MB of changes; the log takes 16 at once. */
    private static final int MOST_LOST_AT_ONCE = 50_000;
    private static final String LATE = "heartbeat is late";
    private static final String DOWN = "heartbeat failure";
    private static final String MASS =
            "heartbeat is late, as those of more than half of the nodes: the manager suspects itself and replaces nothing yet";

    private final PlannerSettings settings;
    private final int mostLostAtOnce;

    Leases(PlannerSettings settings) {
        this(settings, MOST_LOST_AT_ONCE);
    }

    /** @param mostLostAtOnce with so many tasks lost the other nodes that are due go down in the next plan, which comes at once */
    Leases(PlannerSettings settings, int mostLostAtOnce) {
        this.settings = settings;
        this.mostLostAtOnce = mostLostAtOnce;
    }

    /**
     * How many of the nodes that were heard are silent.
     *
     * @param nodes all that are not down
     * @param silent those of them that are late
     */
    private record Silence(int nodes, int silent) {
        static Silence of(ClusterState state, Instant lateSince) {
            return new Silence(count(state.silentSince()), count(state.silentSince().headMap(lateSince, true)));
        }

        private static int count(TreePMap<Instant, TreePSet<NodeId>> nodes) {
            return nodes.values().stream().mapToInt(TreePSet::size).sum();
        }

        boolean isOfMost() {
            return nodes >= FEWEST_FOR_MASS_SILENCE && 2 * silent > nodes;
        }

        Silence oneLess() {
            return new Silence(nodes - 1, silent - 1);
        }
    }

    @Override
    public void plan(Draft draft) {
        for (NodeId id : draft.state().touched().nodes()) welcomeBack(draft, id);
        var late = draft.state().silentSince().headMap(lateSince(draft.now()), true);
        if (late.isEmpty()) return;
        // Longest silence first: each that goes down leaves fewer for the question whether most are silent.
        var silence = Silence.of(draft.state(), lateSince(draft.now()));
        int lost = 0;
        for (var sinceThen : late.entrySet())
            for (NodeId id : sinceThen.getValue()) {
                boolean down = lost < mostLostAtOnce && !draft.now().isBefore(sinceThen.getKey().plus(downAfter(silence)));
                if (down) lost += draft.state().tasksOn(id).size();
                if (down) put(draft, id, Liveness.DOWN, DOWN);
                else put(draft, id, Liveness.SUSPECT, silence.isOfMost() ? MASS : LATE);
                if (down) silence = silence.oneLess();
            }
    }

    /** Who was heard just now; a lease that begins anew for another reason proves nothing of its node. */
    private static void welcomeBack(Draft draft, NodeId id) {
        if (draft.state().heard(id).filter(heard -> !heard.isBefore(draft.now())).isPresent())
            put(draft, id, Liveness.READY, "");
    }

    private static void put(Draft draft, NodeId id, Liveness liveness, String words) {
        var node = draft.state().nodes().get(id);
        words = liveness == Liveness.READY ? words : node.trouble().filter(EngineTrouble::lost).map(EngineTrouble::sentence).orElse(words);
        if (node.liveness() != liveness || !node.message().equals(words)) draft.put(node.seen(liveness, words));
    }

    private Instant lateSince(Instant now) {
        return now.minus(settings.suspectAfter());
    }

    private Duration downAfter(Silence silence) {
        return silence.isOfMost() ? settings.downAfter().plus(settings.massSilenceHold()) : settings.downAfter();
    }

    /** The next end of a lease: of the first who is not suspect yet, or of the suspect who is silent longest. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var suspects = state.silentSince().headMap(lateSince(now), true);
        var others = state.silentSince().tailMap(lateSince(now), false);
        var ends = new TreeSet<Instant>();
        if (!others.isEmpty()) ends.add(others.firstKey().plus(settings.suspectAfter()));
        if (!suspects.isEmpty()) ends.add(suspects.firstKey().plus(downAfter(Silence.of(state, lateSince(now)))));
        return ends.stream().findFirst();
    }
}
