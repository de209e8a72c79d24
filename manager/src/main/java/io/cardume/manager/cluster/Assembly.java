package io.cardume.manager.cluster;

import io.cardume.api.TaskId;
import java.util.Collection;
import java.util.TreeMap;

/**
 * A state in the making, of all changes since there was nothing, in their order: what {@link ClusterState#with} would make of them. Tasks are many, so
 * they are only gathered, and they and all that shows them are put together once, at the end. Used by one thread.
 */
public final class Assembly {
    private final TreeMap<TaskId, Task> tasks = new TreeMap<>();
    private final TreeMap<TaskId, Addresses> addresses = new TreeMap<>();
    private Parts others = new Parts();

    /** Adds changes that are stored. */
    public void add(Collection<? extends Change> changes) {
        changes.forEach(this::add);
    }

    private void add(Change change) {
        switch (change) {
            case Change.TaskPut(var task) -> tasks.put(task.id(), task);
            case Change.TaskRemoved(var id) -> {
                tasks.remove(id);
                addresses.remove(id);
            }
            case Change.AddressesPut(var given) -> {
                if (tasks.containsKey(given.task())) addresses.put(given.task(), given);
            }
            case Change.ClusterEnded(var id) -> {
                tasks.clear();
                addresses.clear();
                others = others.ended(id);
            }
            // All by name: one that touches tasks would be lost here.
            case Change.ClusterPut _, Change.AuthorityPut _, Change.ServicePut _, Change.ServiceRemoved _, Change.MovesAsked _, Change.MovesEnded _,
                    Change.LoginPut _, Change.NetworkPut _, Change.NetworkRemoved _, Change.NetworkMadeLast _, Change.AddressGivenLast _,
                    Change.EndpointPut _, Change.HostAddressesPut _, Change.PortTroublesPut _, Change.NodePut _, Change.NodeRemoved _, Change.BlobPut _,
                    Change.BlobRemoved _, Change.UserPut _, Change.UserRemoved _, Change.NodeHeard _, Change.NodeBalanced _, Change.NodeFenced _ ->
                others.apply(change);
        }
    }

    /** What all of them make, at a version, with nothing touched; whatever is added later is not in it. */
    public ClusterState state(long version) {
        var parts = others.copy();
        parts.version = version;
        parts.fill(tasks, addresses);
        return new ClusterState(parts).settled();
    }
}
