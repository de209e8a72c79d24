package io.cardume.manager.link;

import io.cardume.api.ContainerSpec;
import io.cardume.api.Copies;
import io.cardume.api.GenericResources;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NodeId;
import io.cardume.api.ProbeLabels;
import io.cardume.api.ServiceLabels;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.Template;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All tasks of a node as of one version of the state: the living, and the dead that are remembered. Orphans are not
 * among them: whatever is left of them on the node is to go.
 *
 * @param generation the version; the assignment's generation
 * @param tasks the tasks by id
 * @param deliveries the bytes of secrets and configs that they need
 */
public record Assignments(long generation, SortedMap<TaskId, AssignedTask> tasks, Deliveries deliveries) {
    public Assignments {
        tasks = Collections.unmodifiableSortedMap(new TreeMap<>(tasks));
    }

    static Assignments nothing() {
        return new Assignments(0, Collections.emptySortedMap(), new Deliveries());
    }

    /** What a node is to run. */
    public static Assignments of(ClusterState state, NodeId node) {
        var tasks = new TreeMap<TaskId, AssignedTask>();
        var deliveries = new Deliveries();
        for (Task task : state.tasksOn(node)) {
            if (task.status().state() == TaskState.ORPHANED) continue;
            state.service(task.service()).ifPresent(service -> {
                var assigned = assigned(task, service, state, state.node(node));
                tasks.put(task.id(), assigned);
                if (!assigned.needs().isEmpty())
                    state.node(node).ifPresent(where -> deliveries.add(state, assigned, context(assigned, service, where)));
            });
        }
        return new Assignments(state.version(), tasks, deliveries);
    }

    /** What it becomes where only some tasks may be otherwise; this very one, if none is: most of what is heard of a task is not told back. */
    Assignments after(ClusterState state, NodeId node, Collection<TaskId> touched) {
        var where = state.node(node);
        var changed = new TreeMap<TaskId, Optional<AssignedTask>>();
        for (TaskId id : touched) {
            var now = state.task(id).filter(task -> task.node().filter(node::equals).isPresent() && task.status().state() != TaskState.ORPHANED)
                    .flatMap(task -> state.service(task.service()).map(service -> assigned(task, service, state, where)));
            var before = Optional.ofNullable(tasks.get(id));
            if (now.equals(before)) continue;
            boolean needs = Stream.of(before, now).flatMap(Optional::stream).anyMatch(task -> !task.needs().isEmpty());
            if (needs) return of(state, node);
            changed.put(id, now);
        }
        if (changed.isEmpty()) return this;
        var next = new TreeMap<>(tasks);
        changed.forEach((id, now) -> now.ifPresentOrElse(task -> next.put(id, task), () -> next.remove(id)));
        return new Assignments(state.version(), next, deliveries);
    }

    private static AssignedTask assigned(Task task, Service service, ClusterState state, Optional<Node> node) {
        var revision = service.revisions().get(task.revision());
        var ours = ServiceLabels.of(Copies.labels(service.spec().labels()));
        // An agent that reaches no manager restarts by the policy itself, and a job's task that completed is never run again.
        var asked = service.isJob() ? revision.template().ofJob() : revision.template();
        var template = onIngress(asked, task, state);
        var plain = AssignedTask.of(task.id(), service.id(), service.name(), service.slotName(task), task.told(),
                template, revision.hostPorts(), ours).known(known(task, ours, isReached(state, task, service)));
        if (node.isEmpty()) return plain;
        var filled = Template.expand(template.containerSpec(), context(plain, service, node.get()));
        var whole = task.assigned().isEmpty() ? filled : filled.with(env(filled, task), filled.hostname(), filled.mounts());
        return whole == template.containerSpec() ? plain : plain.of(template.with(whole));
    }

    /** With the network for published ports, if the task was given an address on it; the last one, so that what it is called on its own counts. */
    private static TaskSpec onIngress(TaskSpec template, Task task, ClusterState state) {
        var ingress = state.ingress().map(Network::id)
                .filter(id -> state.addresses(task.id()).filter(addresses -> addresses.byNetwork().containsKey(id)).isPresent());
        return ingress.map(id -> template.with(Stream.concat(template.networks().stream(),
                Stream.of(new NetworkAttachment(id.value(), null, null))).toList())).orElse(template);
    }

    private static List<String> env(ContainerSpec spec, Task task) {
        return Stream.concat(spec.env().stream(), GenericResources.variables(task.assigned()).stream()).toList();
    }

    /** Whether names and balancers lead to it while it takes requests. */
    private static boolean isReached(ClusterState state, Task task, Service service) {
        return state.addresses(task.id()).isPresent() && !service.isJob();
    }

    /** Only what the agent has a use for, or every task that runs would be told of once more. */
    private static AssignedTask.Known known(Task task, SortedMap<String, String> labels, boolean reached) {
        var known = new AssignedTask.Known(
                ProbeLabels.gateStart(labels) && task.runningSince().isPresent(),
                ProbeLabels.gateRequests(labels) && task.isServing(),
                task.condemned() && task.leaving().isEmpty(),
                reached);
        return known.equals(AssignedTask.Known.NOTHING) ? AssignedTask.Known.NOTHING : known;
    }

    /** What placeholders in the task's container stand for. */
    private static Template.Context context(AssignedTask task, Service service, Node node) {
        return new Template.Context(service.id(), service.name(), service.spec().labels(), node.id(),
                node.description().hostname(), node.description().platform(), task.id(), task.name(),
                task.slot());
    }

    /** Everything, for an agent that was told nothing yet. */
    public ToAgent.Assignment whole() {
        return new ToAgent.Assignment(generation, Optional.empty(), List.copyOf(tasks.values()), List.of());
    }

    /** The difference to what the agent was told before. */
    public ToAgent.Assignment since(Assignments told) {
        var changed = tasks.values().stream().filter(task -> !task.equals(told.tasks.get(task.id()))).toList();
        var removed = told.tasks.keySet().stream().filter(id -> !tasks.containsKey(id)).toList();
        return new ToAgent.Assignment(generation, Optional.of(told.generation), changed, removed);
    }
}
