package io.cardume.manager.loop;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;

/** A transaction that is stored, with the states before and after it. */
public record Committed(ClusterState before, Transaction transaction, ClusterState after) {}
