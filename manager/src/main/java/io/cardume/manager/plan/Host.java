package io.cardume.manager.plan;

import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;

/** A node that takes tasks, with what is on it while more are being placed. */
final class Host {
    private final Node node;
    private final long place;
    private NodeLoad load;
    private double free;

    Host(Node node, NodeLoad load) {
        this.node = node;
        this.place = Mix.of(node.id().value());
        bears(load);
    }

    Node node() {
        return node;
    }

    /** Where it stands among equals. */
    long place() {
        return place;
    }

    NodeLoad load() {
        return load;
    }

    /** The share of its scarcer resource that is not reserved, 0 to 1. */
    double free() {
        return free;
    }

    /** More is on it, or less. */
    void bears(NodeLoad now) {
        load = now;
        var has = node.description();
        free = Math.min(free(load.nanoCpus(), has.nanoCpus()), free(load.memoryBytes(), has.memoryBytes()));
    }

    private static double free(long reserved, long total) {
        return total <= 0 ? 0 : Math.max(0, total - reserved) / (double) total;
    }
}
