package io.cardume.manager.cluster;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.TaskId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The addresses a task was given for life, before it had a node. They are its own while it lives, and while it may: a
 * container that was lost with its node may still run; they are taken from it only long after, when there are no others.
 *
 * @param task whose they are
 * @param byNetwork one on each network it is on
 */
public record Addresses(TaskId task, SortedMap<NetworkId, Ipv4> byNetwork) {
    public Addresses {
        byNetwork = Collections.unmodifiableSortedMap(byNetwork == null ? new TreeMap<>() : new TreeMap<>(byNetwork));
    }
}
