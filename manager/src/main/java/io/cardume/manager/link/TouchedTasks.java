package io.cardume.manager.link;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Committed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** The tasks of one node that may be otherwise than when they were last looked at. May be used from any thread. */
final class TouchedTasks {
    /** With the transaction that touched them. */
    private final SortedMap<TaskId, Long> ones = new TreeMap<>();
    /** The transaction that may have changed all of them; 0 = none. */
    private long allAt;

    /**
     * What a transaction touches, by node.
     *
     * @param version the transaction
     * @param ones tasks for which something may be otherwise
     * @param all nodes for all tasks of which something may be
     */
    record Touch(long version, SortedMap<NodeId, List<TaskId>> ones, SortedSet<NodeId> all) {
        static Touch by(Committed committed) {
            var ones = new TreeMap<NodeId, List<TaskId>>();
            var all = new TreeSet<NodeId>();
            Consumer<Task> task = touched -> touched.node().ifPresent(node -> ones.computeIfAbsent(node, _ -> new ArrayList<>()).add(touched.id()));
            for (Change change : committed.transaction().changes()) {
                switch (change) {
                    case Change.TaskPut(var put) -> task.accept(put);
                    case Change.TaskRemoved(var id) -> committed.before().task(id).ifPresent(task);
                    case Change.ServicePut(var service) -> committed.after().tasksOf(service.id()).forEach(task);
                    case Change.LoginPut(var service, _) -> committed.after().tasksOf(service).forEach(task);
                    case Change.AddressesPut(var addresses) -> committed.after().task(addresses.task()).ifPresent(task);
                    case Change.NodePut(var node) -> all.add(node.id());
                    case Change.NodeRemoved(var id) -> all.add(id);
                    case Change.AuthorityPut(_), Change.ClusterEnded(_), Change.ClusterPut(_), Change.UserPut(_), Change.UserRemoved(_), Change.ServiceRemoved(_), Change.BlobPut(_), Change.BlobRemoved(_),
                            Change.NetworkPut(_), Change.NetworkRemoved(_), Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _), Change.EndpointPut(_), Change.HostAddressesPut(_), Change.PortTroublesPut(_), Change.MovesAsked(_, _), Change.MovesEnded(_),
                            Change.NodeHeard(_, _), Change.NodeBalanced(_, _), Change.NodeFenced(_, _) -> {}
                }
            }
            return new Touch(committed.transaction().version(), ones, all);
        }
    }

    /** A transaction may have changed something for some of them. */
    synchronized void touch(List<TaskId> tasks, long version) {
        for (TaskId task : tasks) ones.put(task, version);
    }

    /** A transaction may have changed something for all of them. */
    synchronized void touchAll(long version) {
        allAt = version;
    }

    /** Those that were touched until a version and not looked at since; empty if all were. */
    synchronized Optional<List<TaskId>> take(long version) {
        boolean all = allAt > 0 && allAt <= version;
        if (all) allAt = 0;
        var taken = ones.entrySet().stream().filter(one -> one.getValue() <= version).map(Map.Entry::getKey).toList();
        taken.forEach(ones::remove);
        return all ? Optional.empty() : Optional.of(taken);
    }
}
