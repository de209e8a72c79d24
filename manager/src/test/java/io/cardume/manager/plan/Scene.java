package io.cardume.manager.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.EndpointSpec;
import io.cardume.api.EngineTrouble;
import io.cardume.api.GenericResources;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Placement;
import io.cardume.api.PlacementPreference;
import io.cardume.api.Platform;
import io.cardume.api.PortConfig;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.Subnet;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.AddressPool;
import io.cardume.api.UpdateConfig;
import io.cardume.api.ClusterId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.PortTroubles;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.pcollections.TreePSet;

/**
 * A cluster told in sentences. Each sentence happens in one turn: what it says, then a plan, then the six laws are asked, and
 * whether a planner that knows nothing of the plans before decides the same.
 */
public final class Scene {
    /** When every scene begins. */
    public static final Instant START = Instant.parse("2026-11-21T12:00:00Z");

    private static final long CPU = 1_000_000_000L;
    private static final long GIB = 1L << 30;

    private final Planner planner = new Planner(PlannerSettings.DEFAULTS);
    /** Asks whether the laws hold: what the other one keeps from plan to plan is not made anew by that. */
    private final Planner judge = new Planner(PlannerSettings.DEFAULTS);
    private final TreeSet<NodeId> silent = new TreeSet<>();
    private final TreeSet<NodeId> deaf = new TreeSet<>();
    private ClusterState state = ClusterState.empty();
    private Instant now = START;
    private Optional<Instant> wakeAt = Optional.empty();

    private Scene() {}

    /** A cluster whose manager has no agent. */
    public static Scene cluster() {
        return new Scene().turn(draft -> {
            draft.put(new Cluster(new ClusterId("c"), 0, START, START, new NodeId("manager"), new TreeMap<>(), 5, "", "", AddressPool.DEFAULT));
            draft.put(new Node(new NodeId("manager"), 0, START, START, "", new TreeMap<>(), Node.Role.MANAGER,
                    Node.Availability.DRAIN, host("manager"), "", false, Node.Liveness.READY, "", Optional.empty()));
        });
    }

    /** A slot's number, said aloud. */
    public static int slot(int number) {
        return number;
    }

    /** Nodes n1, n2, … of 4 CPUs and 8 GiB join. */
    public Scene nodes(int count) {
        return turn(draft -> {
            for (int i = 1; i <= count; i++) {
                var id = new NodeId("n" + i);
                draft.put(new Node(id, 0, now, now, "", new TreeMap<>(), Node.Role.WORKER, Node.Availability.ACTIVE,
                        host(id.value()), "", true, Node.Liveness.READY, "", Optional.empty()));
                draft.add(new Change.NodeHeard(id, now));
            }
        });
    }

    /** A node's engine does not answer, and its agent says so. */
    public Scene engineAway(String node) {
        return turn(draft -> draft.put(node(node).troubled(Optional.of(new EngineTrouble("connection refused", false)))));
    }

    /** A service is created. */
    public Scene service(String name, int replicas) {
        return service(name, replicas, UnaryOperator.identity());
    }

    /** A network is there, of a given subnet. */
    public Scene network(String name, String subnet) {
        var spec = new NetworkSpec(name, null, false, false, Optional.empty(), Optional.of(Subnet.parse(subnet)), Optional.empty());
        return turn(draft -> draft.put(Network.of(draft.newNetworkId(), spec, Subnet.parse(subnet), 4_097 + state.networks().size(), now)));
    }

    /** The network for published ports is there, of a given subnet. */
    public Scene ingress(String subnet) {
        var spec = new NetworkSpec(Network.INGRESS, null, false, false, Optional.empty(), Optional.of(Subnet.parse(subnet)), Optional.empty());
        return turn(draft -> draft.put(Network.of(draft.newNetworkId(), spec, Subnet.parse(subnet), 4_097 + state.networks().size(), now).asIngress()));
    }

    /** A service is created that publishes ports. */
    public Scene service(String name, int replicas, List<PortConfig> ports) {
        return turn(draft -> draft.put(Service.of(draft.newServiceId(), spec(name, replicas, plain("web:1"), ports), now)));
    }

    /** A node's agent says that it cannot answer on a published port, and why; "" = on all it is asked to. */
    public Scene troubled(String node, String port, String words) {
        var published = new TreeMap<>(port.isEmpty() ? Map.of() : Map.of(port, words));
        return troubled(new PortTroubles(new NodeId(node), published, Optional.empty(), Optional.empty(), new TreeMap<>()));
    }

    /** A node's agent says what it cannot answer for. */
    public Scene troubled(PortTroubles troubles) {
        return turn(draft -> draft.add(new Change.PortTroublesPut(troubles)));
    }

    /** A service publishes other ports. */
    public Scene publishing(String name, List<PortConfig> ports) {
        return turn(draft -> {
            var spec = found(name).spec();
            draft.put(found(name).updated(new ServiceSpec(spec.name(), spec.labels(), spec.taskTemplate(), spec.mode(),
                    spec.updateConfig(), spec.rollbackConfig(), Optional.of(new EndpointSpec(Optional.empty(), ports))), now));
        });
    }

    /** A service is reached by an address of its own, {@code vip}, or by those of its tasks, {@code dnsrr}. */
    public Scene reached(String name, String mode) {
        return turn(draft -> {
            var spec = found(name).spec();
            draft.put(found(name).updated(new ServiceSpec(spec.name(), spec.labels(), spec.taskTemplate(), spec.mode(),
                    spec.updateConfig(), spec.rollbackConfig(), Optional.of(new EndpointSpec(Optional.of(mode), spec.ports()))), now));
        });
    }

    /** A network is removed. */
    public Scene networkRemoved(String name) {
        return turn(draft -> draft.put(draft.state().networkNamed(name).orElseThrow().gone()));
    }

    /** A template on networks that are there. */
    public UnaryOperator<TaskSpec> on(String... networks) {
        return spec -> spec.with(Stream.of(networks).map(state::networkNamed).map(Optional::orElseThrow)
                .map(network -> new NetworkAttachment(network.id().value(), null, null)).toList());
    }

    /** The addresses of a service's living tasks on all their networks, as text. */
    public List<String> addresses(String service) {
        return live(service).stream().flatMap(task -> state.addresses(task.id()).stream())
                .flatMap(addresses -> addresses.byNetwork().values().stream()).map(Ipv4::toString).toList();
    }

    /** A service is created whose template is not the plain one. */
    public Scene service(String name, int replicas, UnaryOperator<TaskSpec> template) {
        return turn(draft -> draft.put(Service.of(draft.newServiceId(), spec(name, replicas, template.apply(plain("web:1"))), now)));
    }

    /** A service is created that says after which others it starts. */
    public Scene serviceAfter(String name, int replicas, String after) {
        return turn(draft -> draft.put(Service.of(draft.newServiceId(), after(spec(name, replicas, plain("web:1")), after), now)));
    }

    /** A service says otherwise after which others it starts. */
    public Scene starts(String name, String after) {
        return turn(draft -> draft.put(found(name).updated(after(found(name).spec(), after), now)));
    }

    /** A service of a stack; {@code after} may be "". */
    public static ServiceSpec inStack(String stack, String name, String after) {
        var labels = new TreeMap<String, String>();
        labels.put("com.docker.stack.namespace", stack);
        var plain = spec(stack + "_" + name, 1, plain("web:1"));
        var spec = new ServiceSpec(plain.name(), labels, plain.taskTemplate(), plain.mode(), plain.updateConfig(), plain.rollbackConfig(),
                plain.endpointSpec());
        return after.isEmpty() ? spec : after(spec, after);
    }

    private static ServiceSpec after(ServiceSpec spec, String after) {
        var labels = new TreeMap<>(spec.labels());
        labels.put("cardume.after", after);
        return new ServiceSpec(spec.name(), labels, spec.taskTemplate(), spec.mode(), spec.updateConfig(), spec.rollbackConfig(),
                spec.endpointSpec());
    }

    /** A service is created of which every node gets a task. */
    public Scene global(String name, UnaryOperator<TaskSpec> template) {
        return turn(draft -> {
            var spec = spec(name, 1, template.apply(plain("web:1")));
            draft.put(Service.of(draft.newServiceId(), of(ServiceMode.EVERY_NODE, spec, spec.labels()), now));
        });
    }

    /** A job is created; labels are given as key, value, key, value. */
    public Scene job(String name, ServiceMode mode, UnaryOperator<TaskSpec> template, String... labels) {
        var given = new TreeMap<String, String>();
        for (int i = 0; i < labels.length; i += 2) given.put(labels[i], labels[i + 1]);
        return turn(draft -> draft.put(Service.of(draft.newServiceId(), of(mode, spec(name, 1, template.apply(plain("web:1"))), given), now)));
    }

    /** Time passes, and no manager is there; then leases begin anew. */
    public Scene asleep(Duration time) {
        now = now.plus(time);
        return heartbeat();
    }

    /** The same spec in another mode, with other labels. */
    static ServiceSpec of(ServiceMode mode, ServiceSpec spec, SortedMap<String, String> labels) {
        return new ServiceSpec(spec.name(), labels, spec.taskTemplate(), mode, spec.updateConfig(), spec.rollbackConfig(),
                spec.endpointSpec());
    }

    /** A service is created that publishes a fixed port of its hosts. */
    public Scene serviceAtPort(String name, int replicas, int port) {
        var ports = List.of(new PortConfig(Optional.empty(), "tcp", port, port, "host"));
        return turn(draft -> draft.put(Service.of(draft.newServiceId(), spec(name, replicas, plain("web:1"), ports), now)));
    }

    /** A service is created with labels, as {@code key=value}. */
    public Scene serviceLabelled(String name, int replicas, String... labels) {
        return serviceLabelled(name, replicas, UnaryOperator.identity(), labels);
    }

    /** The same, its template not the plain one. */
    public Scene serviceLabelled(String name, int replicas, UnaryOperator<TaskSpec> template, String... labels) {
        return turn(draft -> {
            var spec = spec(name, replicas, template.apply(plain("web:1")));
            draft.put(Service.of(draft.newServiceId(), new ServiceSpec(name, labels(labels), spec.taskTemplate(), spec.mode(),
                    spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec()), now));
        });
    }

    private static TreeMap<String, String> labels(String... said) {
        var labels = new TreeMap<String, String>();
        for (String label : said) labels.put(label.substring(0, label.indexOf('=')), label.substring(label.indexOf('=') + 1));
        return labels;
    }

    /** A service's template is changed. */
    public Scene updated(String name, UnaryOperator<TaskSpec> template) {
        return turn(draft -> {
            var spec = found(name).spec();
            draft.put(found(name).updated(new ServiceSpec(spec.name(), spec.labels(), template.apply(spec.taskTemplate()), spec.mode(),
                    spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec()), now));
        });
    }

    /** A service says how it is updated. */
    public Scene updating(String name, UpdateConfig config) {
        return respecified(name, Optional.of(config), found(name).spec().rollbackConfig());
    }

    /** A service says how it is rolled back. */
    public Scene rollingBack(String name, UpdateConfig config) {
        return respecified(name, found(name).spec().updateConfig(), Optional.of(config));
    }

    private Scene respecified(String name, Optional<UpdateConfig> update, Optional<UpdateConfig> rollback) {
        return turn(draft -> {
            var spec = found(name).spec();
            draft.put(found(name).updated(new ServiceSpec(spec.name(), spec.labels(), spec.taskTemplate(), spec.mode(),
                    update, rollback, spec.endpointSpec()), now));
        });
    }

    /** A service's labels are changed. */
    public Scene labelled(String service, Map<String, String> labels) {
        return turn(draft -> {
            var spec = found(service).spec();
            draft.put(found(service).updated(new ServiceSpec(spec.name(), new TreeMap<>(labels), spec.taskTemplate(), spec.mode(),
                    spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec()), now));
        });
    }

    /** A service gets another number of replicas. */
    public Scene scaled(String name, int replicas) {
        return turn(draft -> draft.put(found(name).updated(found(name).spec().replicas(replicas), now)));
    }

    /** A service is removed. */
    public Scene removed(String name) {
        return turn(draft -> draft.put(found(name).gone()));
    }

    /** A node is wanted active, paused or drained. */
    public Scene available(String node, Node.Availability availability) {
        return turn(draft -> draft.put(node(node).wanted("", node(node).labels(), node(node).role(), availability)));
    }

    /** A node gets a label. */
    public Scene labelled(String node, String key, String value) {
        var labels = new TreeMap<>(node(node).labels());
        labels.put(key, value);
        return turn(draft -> draft.put(node(node).wanted("", labels, node(node).role(), node(node).availability())));
    }

    /** A node says what users defined it to have, as {@code gpu=2} or {@code gpu=UUID1}. */
    public Scene having(String node, String... resources) {
        return turn(draft -> draft.put(node(node).joined(node(node).description().with(GenericResources.parse(List.of(resources))), "")));
    }

    /** One more node joins. */
    public Scene joins(String node) {
        return turn(draft -> {
            var id = new NodeId(node);
            draft.put(new Node(id, 0, now, now, "", new TreeMap<>(), Node.Role.WORKER, Node.Availability.ACTIVE,
                    host(node), "", true, Node.Liveness.READY, "", Optional.empty()));
            draft.add(new Change.NodeHeard(id, now));
        });
    }

    /** Users ask for tasks of these services to move to better nodes. */
    public Scene moves(String... services) {
        return turn(draft -> {
            for (String service : services) draft.add(new Change.MovesAsked(found(service).id(), now));
        });
    }

    /** Second by second, with agents that obey, until nothing has changed for a minute. */
    public Scene rested() {
        var still = now;
        while (now.isBefore(still.plusSeconds(60))) {
            var before = state.tasks();
            after(Duration.ofSeconds(1)).settled();
            if (!before.equals(state.tasks())) still = now;
        }
        return this;
    }

    /** A node is removed from the cluster. */
    public Scene nodeRemoved(String node) {
        return turn(draft -> draft.add(new Change.NodeRemoved(new NodeId(node))));
    }

    /** From now on these nodes are not heard of. */
    public Scene silent(String... nodes) {
        for (String node : nodes) silent.add(new NodeId(node));
        return this;
    }

    /** From now on these nodes do not say that their balancers are as they were told. */
    public Scene deaf(String... nodes) {
        for (String node : nodes) deaf.add(new NodeId(node));
        return this;
    }

    /** A node's balancers are as it was told last. */
    public Scene balanced(String node) {
        return turn(draft -> draft.add(new Change.NodeBalanced(new NodeId(node), state.version())));
    }

    /** These nodes are heard of again. */
    public Scene heard(String... nodes) {
        for (String node : nodes) silent.remove(new NodeId(node));
        return heartbeat();
    }

    /** Time passes, second by second; nodes that are not silent are heard of. */
    public Scene after(Duration time) {
        var end = now.plus(time);
        while (now.isBefore(end)) {
            now = now.plusSeconds(1).isBefore(end) ? now.plusSeconds(1) : end;
            heartbeat();
        }
        return this;
    }

    private Scene heartbeat() {
        return turn(draft -> draft.state().nodes().values().stream()
                .filter(node -> node.hasAgent() && !silent.contains(node.id()))
                .forEach(node -> draft.add(new Change.NodeHeard(node.id(), now))));
    }

    /** The newest task of a slot that is not dead ends with an exit code. */
    public Scene failed(String service, int slot, int exitCode) {
        var task = newest(service, slot);
        var state = exitCode == 0 ? TaskState.COMPLETE : TaskState.FAILED;
        return observed(task, TaskStatus.of(now, state, "", exitCode == 0 ? "" : "task: non-zero exit (" + exitCode + ")"));
    }

    /** The newest task of a slot runs, and its readiness check does not pass. */
    public Scene unready(String service, int slot, String words) {
        return observed(newest(service, slot), TaskStatus.of(now, TaskState.RUNNING, "running", "").checked(false, words, ""));
    }

    /** The newest task of a slot is seen in a state. */
    public Scene seen(String service, int slot, TaskState state) {
        return observed(newest(service, slot), TaskStatus.of(now, state, state.word(), ""));
    }

    private Scene observed(Task task, TaskStatus status) {
        return turn(draft -> draft.put(draft.state().tasks().get(task.id()).observed(status)));
    }

    /** Agents that are heard do what they are told, and new tasks settle, until there is nothing left to do at once. */
    public Scene settled() {
        for (int round = 0; round < 1_000; round++) {
            var before = state;
            turn(draft -> {
                before.tasks().values().forEach(task -> obey(draft, task));
                before.nodes().keySet().stream().filter(node -> !silent.contains(node) && !deaf.contains(node))
                        .forEach(node -> draft.add(new Change.NodeBalanced(node, before.version())));
            });
            if (!state.tasks().equals(before.tasks()) || !state.services().equals(before.services())) continue;
            if (wakeAt.isEmpty() || wakeAt.get().isAfter(now.plus(Stage.SETTLING))) return this;
            now = wakeAt.get();
            heartbeat();
        }
        throw new AssertionError("the cluster does not come to rest");
    }

    /** The newest task of a slot runs, and goes on running until it has settled. */
    public Scene settles(String service, int slot) {
        return seen(service, slot, TaskState.RUNNING).after(Stage.SETTLING);
    }

    private void obey(Draft draft, Task task) {
        if (task.node().isEmpty() || silent.contains(task.node().get()) || task.isDead()) return;
        var next = switch (task.told()) {
            case READY -> TaskState.READY;
            case RUNNING -> TaskState.RUNNING;
            case SHUTDOWN, REMOVE -> TaskState.SHUTDOWN;
        };
        if (task.status().state() != next) draft.put(task.observed(TaskStatus.of(now, next, next.word(), "")));
    }

    /** One turn: some changes, a plan, the laws. */
    public Scene turn(Consumer<Draft> changes) {
        var draft = new Draft(state, now, "scene");
        changes.accept(draft);
        wakeAt = planner.plan(draft);
        assertDecidedByAnyPlanner(changes, draft);
        Laws.assertHold(judge, state, draft, wakeAt);
        state = draft.state().at(draft.version()).settled();
        return this;
    }

    private void assertDecidedByAnyPlanner(Consumer<Draft> changes, Draft draft) {
        var again = new Draft(state, now, "scene");
        changes.accept(again);
        var wakes = new Planner(PlannerSettings.DEFAULTS).plan(again);
        assertThat(draft.stored()).as("what one changes that knows nothing of the plans before").isEqualTo(again.stored());
        assertThat(wakeAt).as("when one wakes that knows nothing of the plans before").isEqualTo(wakes);
    }

    /** The clock is set back. */
    public Scene earlier(Duration time) {
        now = now.minus(time);
        return turn(_ -> {});
    }

    /** The state it has come to. */
    public ClusterState state() {
        return state;
    }

    /** The time it is. */
    public Instant now() {
        return now;
    }

    /** When the last plan wants to be woken. */
    public Optional<Instant> wakeAt() {
        return wakeAt;
    }

    /** The service of that name. */
    public Service found(String service) {
        return state.serviceNamed(service).orElseThrow();
    }

    /** The node of that id. */
    public Node node(String id) {
        return state.node(new NodeId(id)).orElseThrow();
    }

    /** The newest task of a slot. */
    public Task newest(String service, int slot) {
        return tasks(service, slot).getLast();
    }

    /** The tasks of a slot, oldest first. */
    public List<Task> tasks(String service, int slot) {
        return state.slot(found(service).id(), slot);
    }

    /** The living tasks of a service by slot. */
    public List<Task> live(String service) {
        return state.tasksOf(found(service).id()).stream().filter(Task::isLive).toList();
    }

    /** The nodes on which a service's living tasks are, one for each, sorted. */
    public List<String> where(String service) {
        return live(service).stream().map(task -> task.node().map(NodeId::value).orElse("-")).sorted().toList();
    }

    /** The tasks that leave the balancers' tables. */
    public List<Task> leaving() {
        return state.leaving().values().stream().flatMap(TreePSet::stream).map(state.tasks()::get).toList();
    }

    /** How many tasks of a service run, wanted so. */
    public int running(String service) {
        return (int) live(service).stream().filter(task -> task.isRunning() && task.desired() == DesiredState.RUNNING).count();
    }

    /** Asserts that a service has just its replicas, all running. */
    public Scene runsWhole(String service) {
        assertThat(running(service)).as("running tasks of %s", service).isEqualTo(found(service).spec().replicas());
        return this;
    }

    /** A template that says nothing but an image. */
    public static TaskSpec plain(String image) {
        return new TaskSpec(ContainerSpec.of(image), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
    }

    /** With another image. */
    public static UnaryOperator<TaskSpec> image(String image) {
        return spec -> new TaskSpec(ContainerSpec.of(image), spec.resources(), spec.restartPolicy(), spec.placement(), spec.logDriver(), spec.forceUpdate(), spec.runtime(), null);
    }

    /** With constraints. */
    public static UnaryOperator<TaskSpec> constraint(String... constraints) {
        return spec -> spec.with(Optional.of(new Placement(List.of(constraints), Optional.empty(), List.of(), null)));
    }

    /** With at most so many replicas on a node. */
    public static UnaryOperator<TaskSpec> maxReplicas(long count) {
        return spec -> spec.with(Optional.of(new Placement(List.of(), Optional.of(count), List.of(), null)));
    }

    /** Spread over the values of labels, the first one first. */
    public static UnaryOperator<TaskSpec> spread(String... descriptors) {
        var preferences = Stream.of(descriptors)
                .map(descriptor -> new PlacementPreference(Optional.of(new PlacementPreference.Spread(descriptor)))).toList();
        return spec -> spec.with(Optional.of(new Placement(List.of(), Optional.empty(), List.of(), preferences)));
    }

    /** For a platform. */
    public static UnaryOperator<TaskSpec> platform(String architecture) {
        return spec -> spec.with(Optional.of(new Placement(List.of(), Optional.empty(), List.of(new Platform(architecture, "linux")), null)));
    }

    /** With CPUs reserved. */
    public static UnaryOperator<TaskSpec> cpus(long count) {
        var resources = Resources.of(Optional.empty(), Optional.of(new Reservations(count * CPU, 0)));
        return spec -> new TaskSpec(spec.containerSpec(), Optional.of(resources), spec.restartPolicy(), spec.placement(), spec.logDriver(), spec.forceUpdate(), spec.runtime(), null);
    }

    /** With resources reserved that users defined: so many of a kind. */
    public static UnaryOperator<TaskSpec> generic(String kind, long count) {
        var resources = Resources.of(Optional.empty(), Optional.of(new Reservations(0, 0, List.of(GenericResources.discrete(kind, count)))));
        return spec -> new TaskSpec(spec.containerSpec(), Optional.of(resources), spec.restartPolicy(), spec.placement(), spec.logDriver(), spec.forceUpdate(), spec.runtime(), null);
    }

    /** With a restart policy. */
    public static UnaryOperator<TaskSpec> restart(RestartPolicy policy) {
        return spec -> new TaskSpec(spec.containerSpec(), spec.resources(), Optional.of(policy), spec.placement(), spec.logDriver(), spec.forceUpdate(), spec.runtime(), null);
    }

    /** With a restart condition only. */
    public static UnaryOperator<TaskSpec> restart(RestartCondition condition) {
        return restart(new RestartPolicy(Optional.of(condition), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** Both. */
    public static UnaryOperator<TaskSpec> both(UnaryOperator<TaskSpec> one, UnaryOperator<TaskSpec> other) {
        return spec -> other.apply(one.apply(spec));
    }

    private static ServiceSpec spec(String name, int replicas, TaskSpec template) {
        return spec(name, replicas, template, List.of());
    }

    private static ServiceSpec spec(String name, int replicas, TaskSpec template, List<PortConfig> ports) {
        var endpoint = ports.isEmpty() ? Optional.<EndpointSpec>empty() : Optional.of(new EndpointSpec(Optional.empty(), ports));
        return new ServiceSpec(name, new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(), Optional.empty(), endpoint)
                .replicas(replicas);
    }

    /** A node whose host cannot be part of networks that span the hosts. */
    public static Node without(Node node) {
        var host = node.description();
        return node.joined(new NodeDescription(host.hostname(), host.platform(), host.nanoCpus(), host.memoryBytes(), host.engineVersion(),
                new TreeMap<>(Map.of(NodeDescription.NO_OVERLAY, "no such right")), List.of()), node.address());
    }

    private static NodeDescription host(String name) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 4 * CPU, 8 * GIB, "20.10.24", new TreeMap<>(),
                List.of(NodeDescription.OVERLAY));
    }
}
