package io.cardume.manager.simulator;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.link.TaskReport;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/**
 * A container that runs has its addresses for itself, wherever it is; for a long while even where nobody hears of it. What had
 * ended and was started again by an agent that hears no manager is left out: the manager may have heard of its end.
 */
final class Owners {
    private static final Duration LOST = Duration.ofMinutes(5);

    private final List<SimAgent> agents;
    private final TreeMap<TaskId, Addresses> given = new TreeMap<>();
    private final TreeMap<TaskId, Instant> lost = new TreeMap<>();

    Owners(List<SimAgent> agents) {
        this.agents = agents;
    }

    /** What is said to have ended may be forgotten in the same turn, and is never seen dead. */
    void hear(NodeId from, TaskReport report, ClusterState before, ClusterState after) {
        boolean its = before.task(report.task()).flatMap(Task::node).filter(from::equals).isPresent();
        if (its && report.status().state().isDead() && after.task(report.task()).isEmpty()) given.remove(report.task());
    }

    void assertHold(ClusterState state, Instant now) {
        state.addresses().values().stream().filter(addresses -> !addresses.byNetwork().isEmpty()).forEach(addresses -> given.put(addresses.task(), addresses));
        for (Task task : state.tasks().values()) {
            if (!task.isDead()) continue;
            if (task.status().state() == TaskState.ORPHANED) lost.put(task.id(), task.status().at());
            else given.remove(task.id());
        }
        for (SimAgent agent : agents) {
            if (!agent.hostUp) continue;
            for (TaskId task : agent.running())
                if (given.containsKey(task) && lost.getOrDefault(task, now).plus(LOST).isAfter(now)) assertItsOwn(state, agent, given.get(task));
        }
    }

    private static void assertItsOwn(ClusterState state, SimAgent agent, Addresses addresses) {
        addresses.byNetwork().forEach((network, address) -> {
            if (!addresses.task().equals(state.addressesOn(network).get(address)))
                throw new AssertionError("task " + addresses.task() + " runs on " + agent + " with " + address + " of network " + network
                        + ", which is not its own any more: " + state.task(addresses.task()));
        });
    }
}
