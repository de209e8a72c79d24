package io.cardume.manager.plan;

import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import java.util.Comparator;

/**
 * A node that can take a task, and how well it would do; the better, the lesser.
 *
 * @param node the node
 * @param load what is on it
 * @param replicas how many of that are of the same service
 * @param shunned whether the service failed there of late
 * @param free the share of its scarcer resource that is not reserved, 0 to 1
 * @param lot a number that decides between equals, another one for each service
 */
record Candidate(Node node, NodeLoad load, int replicas, boolean shunned, double free, long lot) implements Comparable<Candidate> {
    private static final Comparator<Candidate> BEST_FIRST = Comparator.comparing(Candidate::shunned)
            .thenComparingInt(Candidate::replicas)
            .thenComparingInt(candidate -> candidate.load.tasks())
            .thenComparing(Candidate::free, Comparator.reverseOrder())
            .thenComparingLong(Candidate::lot)
            .thenComparing(candidate -> candidate.node.id());

    static Candidate of(Node node, NodeLoad load, int replicas, boolean shunned, long lot) {
        double cpu = free(load.nanoCpus(), node.description().nanoCpus());
        double memory = free(load.memoryBytes(), node.description().memoryBytes());
        return new Candidate(node, load, replicas, shunned, Math.min(cpu, memory), lot);
    }

    /** The same node with one more replica of the service. */
    Candidate plusOne(NodeLoad now) {
        return of(node, now, replicas + 1, shunned, lot);
    }

    private static double free(long reserved, long total) {
        return total <= 0 ? 0 : Math.max(0, total - reserved) / (double) total;
    }

    @Override
    public int compareTo(Candidate other) {
        return BEST_FIRST.compare(this, other);
    }
}
