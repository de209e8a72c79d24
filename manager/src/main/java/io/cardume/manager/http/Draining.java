package io.cardume.manager.http;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How far a drained node is.
 *
 * @param left the tasks that run on until their successors serve
 * @param stuck the successors that find no node, for which tasks stay
 * @param stopping how many tasks have been told to stop and have not ended
 */
record Draining(List<Task> left, List<Task> stuck, int stopping) {
    private static final int NAMED = 3;

    Draining {
        left = List.copyOf(left);
        stuck = List.copyOf(stuck);
    }

    static Draining of(ClusterState state, Node node) {
        var left = new ArrayList<Task>();
        var stuck = new ArrayList<Task>();
        int stopping = 0;
        for (Task task : state.tasksOn(node.id())) {
            if (task.isDead()) continue;
            if (task.isLive()) left.add(task);
            else stopping++;
            if (task.isLive())
                state.slot(task.service(), task.slot()).stream().filter(Task::isPending).forEach(stuck::add);
        }
        return new Draining(left, stuck, stopping);
    }

    /** The node's message: why it is not ready, or how far it is with being drained; "" if there is nothing to say. */
    static String message(ClusterState state, Node node, Spaces spaces) {
        var message = Stream.of(Views.message(node), fence(state, node)).filter(words -> !words.isEmpty()).collect(Collectors.joining("; "));
        boolean drains = message.isEmpty() && node.hasAgent() && node.availability() == Node.Availability.DRAIN;
        return drains ? of(state, node).words(state, spaces) : message;
    }

    private static String fence(ClusterState state, Node node) {
        return state.fenced(node.id()).isEmpty() ? "" : "its balancers have not taken over for too long what changed, and are not"
                + " waited for: requests that reach the cluster here may be led to tasks that are gone";
    }

    private String words(ClusterState state, Spaces spaces) {
        if (left.isEmpty() && stopping == 0) return "drained";
        var words = new ArrayList<String>();
        if (!left.isEmpty()) words.add(replicas(left.size()) + " left");
        if (stopping > 0) words.add(stopping + (stopping == 1 ? " is" : " are") + " stopping");
        if (!stuck.isEmpty())
            words.add(stuck.size() + (stuck.size() == 1 ? " has" : " have") + " nowhere to go: "
                    + stuck.stream().filter(task -> spaces.sees(state, task)).limit(NAMED).map(task -> Lookup.name(state, task) + " (" + task.status().err() + ")")
                            .collect(Collectors.joining(", ")) + (stuck.size() > NAMED || !spaces.isAll() ? ", …" : ""));
        return "draining: " + String.join(", ", words);
    }

    private static String replicas(int count) {
        return count == 1 ? "1 replica" : count + " replicas";
    }
}
