package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where tasks run. All tasks of one service and revision ask the same, so nodes are judged once for all of them; then the
 * best node takes one, is judged again, and so on. Tasks that find no node say why.
 */
final class Placing implements PlanStep {
    private record Group(ServiceId service, long revision) implements Comparable<Group> {
        private static final Comparator<Group> ORDER = Comparator.comparing(Group::service).thenComparingLong(Group::revision);

        @Override
        public int compareTo(Group other) {
            return ORDER.compare(this, other);
        }
    }

    private final Hosts hosts = new Hosts();

    @Override
    public void forget() {
        hosts.forget();
    }

    @Override
    public void planned(Draft draft) {
        hosts.touched(draft.state());
    }

    @Override
    public void plan(Draft draft) {
        var touched = draft.state().touched();
        if (touched.services().isEmpty() && touched.nodes().isEmpty()) return;
        if (draft.state().pending().isEmpty()) return;
        hosts.become(draft.state());
        int waiting;
        do {
            waiting = draft.state().pending().size();
            Homing.place(draft, hosts);
            groups(draft).forEach((group, tasks) -> place(draft, group, tasks));
        } while (mayOpen(draft, waiting));
        // Only now: each group that was placed took something that another one might have been refused for.
        groups(draft).forEach((group, tasks) -> explain(draft, group, tasks));
        Homing.explain(draft);
    }

    /** Whether what was placed may have made a place for what was refused before: services that are kept together do so. */
    private static boolean mayOpen(Draft draft, int waiting) {
        int left = draft.state().pending().size();
        return left > 0 && left < waiting && !draft.state().related().isEmpty();
    }

    private static SortedMap<Group, List<Task>> groups(Draft draft) {
        var groups = new TreeMap<Group, List<Task>>();
        var order = new StartOrder(draft.state());
        for (TaskId id : draft.state().pending()) {
            var task = draft.state().tasks().get(id);
            if (task.home().isPresent() || isHeldBack(draft, order, task)) continue;
            groups.computeIfAbsent(new Group(task.service(), task.revision()), _ -> new ArrayList<>()).add(task);
        }
        groups.values().forEach(tasks -> tasks.sort(Comparator.comparingInt(Task::slot)));
        return groups;
    }

    /** Whether no node is looked for yet. */
    static boolean isHeldBack(Draft draft, StartOrder order, Task task) {
        return order.holdsBack(task) || Addressing.holdsBack(draft.state(), task) || Backoff.holdsBack(draft.state(), task, draft.now());
    }

    private void place(Draft draft, Group group, List<Task> tasks) {
        var service = draft.state().services().get(group.service());
        var demand = Demand.of(draft.state(), service, group.revision());
        var nodes = new Candidates(draft.state(), hosts, service, demand, new Spread(draft.state(), service, draft.now()));
        for (Task task : tasks) {
            var best = nodes.take();
            if (best.isEmpty()) return;
            var host = best.get();
            draft.put(task.on(host.node().id(),
                    TaskStatus.of(draft.now(), TaskState.ASSIGNED, "scheduler assigned task to node", ""), demand.share(draft.state(), host.node())));
            hosts.bears(host, draft.state().load(host.node().id()));
            nodes.again(host);
        }
    }

    /** With who has a published port, by name: nothing else tells the user. */
    static String said(ClusterState state, ServiceId service, String words, Map<Veto, Integer> vetoes) {
        return vetoes.containsKey(Veto.PUBLISHED_PORT) ? words + ": " + TakenPorts.sentence(state, service) : words;
    }

    private static void explain(Draft draft, Group group, List<Task> tasks) {
        var service = draft.state().services().get(group.service());
        var demand = Demand.of(draft.state(), service, group.revision());
        var spread = new Spread(draft.state(), service, draft.now());
        Map<Veto, Integer> vetoes = new EnumMap<>(Veto.class);
        for (Node node : draft.state().nodes().values())
            demand.veto(node, draft.state().load(node.id()), spread.replicas(node.id()))
                    .ifPresent(veto -> vetoes.merge(veto, 1, Integer::sum));
        var words = said(draft.state(), group.service(), Veto.sentence(vetoes), vetoes);
        for (Task task : tasks)
            draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "pending task scheduling", words)));
    }
}
