package io.cardume.manager.plan;

import io.cardume.manager.cluster.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The nodes that may take a service's tasks, as the tree its placement preferences make of them: one branch for each
 * value of the first label, in it one for each value of the second, and so on; the leaves hold nodes. Without preferences
 * it is a single leaf. It lives as long as one group of tasks is placed.
 */
final class Branch {
    private final List<Preference> preferences;
    private final SortedMap<String, Branch> parts = new TreeMap<>();
    private final List<Candidate> found = new ArrayList<>();
    private PriorityQueue<Candidate> best = new PriorityQueue<>();
    private boolean ordered;
    private int replicas;

    /** A tree without nodes; the first of the preferences parts it. */
    Branch(List<Preference> preferences) {
        this.preferences = preferences;
    }

    /** Counts what is on a node, whether or not the node takes more: it speaks against its branch. */
    void count(Node node, int more) {
        replicas += more;
        if (!preferences.isEmpty()) part(node).count(node, more);
    }

    /** Adds a node that can take a task. */
    void add(Candidate candidate) {
        if (!preferences.isEmpty()) part(candidate.host().node()).add(candidate);
        else if (ordered) best.add(candidate);
        else found.add(candidate);
    }

    /** The best node, if any is left: in the branch with the fewest replicas at every level. */
    Optional<Candidate> best() {
        if (!preferences.isEmpty()) return fewest().flatMap(Branch::best);
        order();
        return Optional.ofNullable(best.peek());
    }

    /** Takes the best node out, and counts one replica more for it. */
    Optional<Candidate> take() {
        Optional<Candidate> taken;
        if (preferences.isEmpty()) {
            order();
            taken = Optional.ofNullable(best.poll());
        } else taken = fewest().flatMap(Branch::take);
        if (taken.isPresent()) replicas++;
        return taken;
    }

    private Optional<Branch> fewest() {
        return parts.values().stream().filter(part -> part.best().isPresent()).min(
                Comparator.<Branch, Boolean>comparing(part -> part.best().orElseThrow().shunned())
                        .thenComparingInt(part -> part.replicas)
                        .thenComparing(part -> part.best().orElseThrow()));
    }

    private Branch part(Node node) {
        return parts.computeIfAbsent(preferences.getFirst().value(node), _ -> new Branch(preferences.subList(1, preferences.size())));
    }

    /** All at once and only when asked, for that is quicker than one by one. */
    private void order() {
        if (ordered) return;
        best = new PriorityQueue<>(found);
        ordered = true;
    }
}
