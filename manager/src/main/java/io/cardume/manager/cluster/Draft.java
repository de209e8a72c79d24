package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.ClusterId;
import io.cardume.api.NetworkId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A transaction in the making: the state before it, and the changes so far. Objects put through it get its version. It is
 * used by one thread and thrown away when a law would be broken.
 */
public final class Draft {
    private final ClusterState base;
    private final Instant now;
    private final Ids ids;
    private ClusterState state;
    private List<Change> changes = new ArrayList<>();
    private int named;

    /**
     * @param base the published state
     * @param now the time every decision in it is taken at
     * @param seed what makes this cluster's ids differ from another's
     */
    public Draft(ClusterState base, Instant now, String seed) {
        this.base = base;
        this.now = now;
        this.state = base;
        this.ids = new Ids(seed);
    }

    /** The state before it. */
    public ClusterState base() {
        return base;
    }

    /** The state with all changes so far. */
    public ClusterState state() {
        return state;
    }

    /** The time every decision in it is taken at. */
    public Instant now() {
        return now;
    }

    /** The version of the transaction it becomes. */
    public long version() {
        return base.version() + 1;
    }

    /** Puts a task in its new form; nothing happens if it is what it was. */
    public void put(Task task) {
        if (state.tasks().get(task.id()) == task) return;
        add(new Change.TaskPut(task.changed(version(), now)));
    }

    /** Puts a service in its new form. */
    public void put(Service service) {
        add(new Change.ServicePut(service.changed(version(), now)));
    }

    /** Puts a node in its new form. */
    public void put(Node node) {
        add(new Change.NodePut(node.changed(version(), now)));
    }

    /** Puts a secret or config in its new form. */
    public void put(Blob blob) {
        add(new Change.BlobPut(blob.changed(version(), now)));
    }

    /** Puts a user in its new form. */
    public void put(User user) {
        add(new Change.UserPut(user.changed(version(), now)));
    }

    /** Puts a network in its new form. */
    public void put(Network network) {
        add(new Change.NetworkPut(network.changed(version(), now)));
    }

    /** Puts the roots of the certificates in their new form. */
    public void put(Authority authority) {
        add(new Change.AuthorityPut(authority));
    }

    /** Puts the cluster in its new form. */
    public void put(Cluster cluster) {
        add(new Change.ClusterPut(cluster.changed(version(), now)));
    }

    /** Adds a removal, an end or a sign of life. */
    public void add(Change change) {
        changes.add(change);
        state = state.with(List.of(change));
    }

    /** An id no other task has. */
    public TaskId newTaskId() {
        return new TaskId(ids.id(version(), named++));
    }

    /** An id no other service has. */
    public ServiceId newServiceId() {
        return new ServiceId(ids.id(version(), named++));
    }

    /** An id no other secret or config has. */
    public BlobId newBlobId() {
        return new BlobId(ids.id(version(), named++));
    }

    /** An id no other network has. */
    public NetworkId newNetworkId() {
        return new NetworkId(ids.id(version(), named++));
    }

    /** An id no other cluster has. */
    public ClusterId newClusterId() {
        return new ClusterId(ids.id(version(), named++));
    }

    /** Where it stands, to come back to with {@link #backTo}. */
    public Mark mark() {
        return new Mark(state, changes.size());
    }

    /** What was added since a mark, in order. */
    public List<Change> since(Mark mark) {
        return List.copyOf(changes.subList(mark.changes, changes.size()));
    }

    /** Forgets everything since a mark. */
    public void backTo(Mark mark) {
        state = mark.state;
        changes = new ArrayList<>(changes.subList(0, mark.changes));
    }

    /** A place in a draft. */
    public static final class Mark {
        private final ClusterState state;
        private final int changes;

        private Mark(ClusterState state, int changes) {
            this.state = state;
            this.changes = changes;
        }
    }

    /** Everything that is not stored. */
    public List<Change> unstored() {
        return changes.stream().filter(change -> !change.isStored()).toList();
    }

    /**
     * What is stored: the last change of each object, in an order in which each finds what it refers to:
     * tasks go before their service's old revisions, services come before their tasks.
     */
    public List<Change> stored() {
        Map<Object, Change> last = new LinkedHashMap<>();
        for (Change change : changes) {
            if (!change.isStored()) continue;
            if (change instanceof Change.ClusterEnded) last.values().removeIf(earlier -> !(earlier instanceof Change.ClusterEnded || earlier instanceof Change.AuthorityPut));
            last.remove(key(change));
            last.put(key(change), change);
        }
        return last.values().stream().sorted(Comparator.comparingInt(Draft::rank)).toList();
    }

    /** Tasks, which are many, by their ids. */
    private static Object key(Change change) {
        return switch (change) {
            case Change.ClusterPut(_) -> "c";
            case Change.AuthorityPut(_) -> "y";
            case Change.ClusterEnded(var id) -> "e" + id;
            case Change.ServicePut(var service) -> "s" + service.id();
            case Change.ServiceRemoved(var id) -> "s" + id;
            case Change.LoginPut(var service, _) -> "l" + service;
            case Change.BlobPut(var blob) -> "b" + blob.id();
            case Change.BlobRemoved(var id) -> "b" + id;
            case Change.UserPut(var user) -> "u" + user.name();
            case Change.UserRemoved(var name) -> "u" + name;
            case Change.MovesAsked(var id, _) -> "m" + id;
            case Change.MovesEnded(var id) -> "m" + id;
            case Change.TaskPut(var task) -> task.id();
            case Change.TaskRemoved(var id) -> id;
            case Change.NetworkPut(var network) -> "w" + network.id();
            case Change.NetworkRemoved(var id) -> "w" + id;
            case Change.NetworkMadeLast(_) -> "y";
            case Change.AddressGivenLast(var network, _) -> "g" + network;
            case Change.AddressesPut(var addresses) -> "a" + addresses.task();
            case Change.PortTroublesPut(var troubles) -> "q" + troubles.node();
            case Change.EndpointPut(var endpoint) -> "p" + endpoint.service();
            case Change.HostAddressesPut(var addresses) -> "o" + addresses.node();
            case Change.NodePut(var node) -> "n" + node.id();
            case Change.NodeRemoved(var id) -> "n" + id;
            case Change.NodeHeard(var id, _) -> "h" + id;
            case Change.NodeBalanced(var id, _) -> "k" + id;
            case Change.NodeFenced(var id, _) -> "f" + id;
        };
    }

    private static int rank(Change change) {
        return switch (change) {
            case Change.ClusterEnded(_) -> 0;
            case Change.ClusterPut(_), Change.AuthorityPut(_) -> 1;
            case Change.BlobPut(_) -> 2;
            case Change.BlobRemoved(_) -> 7;
            case Change.UserPut(_), Change.UserRemoved(_) -> 2;
            case Change.NodePut(_), Change.NetworkPut(_) -> 2;
            case Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _) -> 3;
            case Change.ServicePut(_) -> 4;
            case Change.MovesAsked(_, _), Change.MovesEnded(_) -> 5;
            case Change.TaskPut(_), Change.LoginPut(_, _) -> 5;
            case Change.TaskRemoved(_) -> 3;
            case Change.AddressesPut(_), Change.EndpointPut(_), Change.HostAddressesPut(_), Change.PortTroublesPut(_) -> 6;
            case Change.ServiceRemoved(_) -> 7;
            case Change.NodeRemoved(_), Change.NetworkRemoved(_) -> 8;
            case Change.NodeHeard(_, _), Change.NodeBalanced(_, _), Change.NodeFenced(_, _) -> 9;
        };
    }
}
