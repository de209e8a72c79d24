package io.cardume.manager.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ClusterId;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.EndpointSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.PortConfig;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterStateTest {
    private static final Instant START = Instant.parse("2026-11-21T12:00:00Z");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void indexesAreThoseOfAStateBuiltFromItsObjects(long seed) {
        var random = new Random(seed);
        var state = ClusterState.empty();
        for (int step = 0; step < 400; step++) {
            var draft = new Draft(state, START.plusSeconds(step), "seed");
            changeSomething(draft, random);
            var transaction = new Transaction(draft.version(), draft.now(), draft.stored());
            assertThat(state.with(transaction)).as("step %d of seed %d", step, seed)
                    .isEqualTo(draft.state().at(draft.version()));
            state = state.with(transaction);
            assertSameIndexes(state, rebuilt(state), "step " + step + " of seed " + seed);
        }
        assertThat(state.tasks()).isNotEmpty();
    }

    @Test
    void endOfTheClusterLeavesNothingButItsName() {
        var draft = new Draft(ClusterState.empty(), START, "seed");
        draft.put(service(draft, "web"));
        var ended = new ClusterId("gone");
        draft.add(new Change.ClusterEnded(ended));
        assertThat(draft.state().services()).isEmpty();
        assertThat(draft.state().endedClusters()).containsExactly(ended);
        assertThat(draft.stored()).containsExactly(new Change.ClusterEnded(ended));
    }

    @Test
    void aNameIsFreeAsSoonAsItsServiceIsATombstone() {
        var draft = new Draft(ClusterState.empty(), START, "seed");
        var first = service(draft, "web");
        draft.put(first);
        draft.put(first.gone());
        var second = service(draft, "web");
        draft.put(second);
        assertThat(draft.state().serviceNamed("web").map(Service::id)).contains(second.id());
        draft.add(new Change.ServiceRemoved(first.id()));
        assertThat(draft.state().serviceNamed("web").map(Service::id)).contains(second.id());
    }

    @Test
    void aNameGivenOnInOneTransactionIsTheNewServicesAfterAReplay() {
        var before = new Draft(ClusterState.empty(), START, "seed");
        var first = service(before, "web");
        before.put(first);
        var state = ClusterState.empty().with(new Transaction(1, START, before.stored()));

        var draft = new Draft(state, START, "seed");
        draft.put(state.service(first.id()).orElseThrow().gone());
        var second = service(draft, "web");
        draft.put(second);
        draft.add(new Change.ServiceRemoved(first.id()));
        var replayed = state.with(new Transaction(2, START, draft.stored()));

        assertThat(draft.state().serviceNamed("web").map(Service::id)).contains(second.id());
        assertThat(replayed.serviceNamed("web").map(Service::id)).contains(second.id());
    }

    @Test
    void everyClusterThatEndedInOneTransactionIsRemembered() {
        var draft = new Draft(ClusterState.empty(), START, "seed");
        var one = new Change.ClusterEnded(new ClusterId("one"));
        var two = new Change.ClusterEnded(new ClusterId("two"));
        draft.add(one);
        draft.put(service(draft, "web"));
        draft.add(two);
        assertThat(draft.stored()).containsExactly(one, two);
    }

    private static void changeSomething(Draft draft, Random random) {
        var state = draft.state();
        if (state.nodes().size() < 3) draft.put(node("node" + state.nodes().size()));
        if (state.services().size() < 3) draft.put(service(draft, "service" + random.nextInt(1_000_000)));
        var services = new ArrayList<>(state.services().values());
        var tasks = new ArrayList<>(state.tasks().values());
        var nodes = new ArrayList<>(state.nodes().keySet());
        if (services.isEmpty() || nodes.isEmpty()) return;
        var service = services.get(random.nextInt(services.size()));
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> draft.put(Task.of(draft.newTaskId(), service.id(), 1 + random.nextInt(4), service.revision(),
                    random.nextBoolean() ? Optional.of(draft.now().plusSeconds(random.nextInt(5))) : Optional.empty(), 0,
                    "", draft.now()));
            case 3 -> pick(tasks, random).filter(Task::isPending).ifPresent(task -> draft.put(task.on(
                    nodes.get(random.nextInt(nodes.size())), TaskStatus.of(draft.now(), TaskState.ASSIGNED, "", ""))));
            case 4 -> pick(tasks, random).ifPresent(task -> draft.put(task.observed(TaskStatus.of(draft.now(),
                    TaskState.values()[random.nextInt(TaskState.values().length)], "", ""))));
            case 5 -> pick(tasks, random).ifPresent(task -> draft.put(
                    task.desired(DesiredState.values()[random.nextInt(4)])));
            case 6 -> pick(tasks, random).ifPresent(task -> draft.add(new Change.TaskRemoved(task.id())));
            default -> draft.add(new Change.NodeHeard(nodes.get(random.nextInt(nodes.size())), draft.now()));
        }
        if (random.nextInt(20) == 0 && draft.state().tasksOf(service.id()).isEmpty())
            draft.add(new Change.ServiceRemoved(service.id()));
    }

    private static <T> Optional<T> pick(List<T> from, Random random) {
        return from.isEmpty() ? Optional.empty() : Optional.of(from.get(random.nextInt(from.size())));
    }

    private static ClusterState rebuilt(ClusterState state) {
        var changes = new ArrayList<Change>();
        state.nodes().values().forEach(node -> changes.add(new Change.NodePut(node)));
        state.services().values().forEach(service -> changes.add(new Change.ServicePut(service)));
        state.tasks().values().forEach(task -> changes.add(new Change.TaskPut(task)));
        return ClusterState.empty().with(changes).at(state.version());
    }

    private static void assertSameIndexes(ClusterState state, ClusterState rebuilt, String where) {
        assertThat(state.pending()).as(where).isEqualTo(rebuilt.pending());
        assertThat(state.due()).as(where).isEqualTo(rebuilt.due());
        assertThat(state.lost()).as(where).isEqualTo(rebuilt.lost());
        assertThat(state.leaving()).as(where).isEqualTo(rebuilt.leaving());
        assertThat(state.successors()).as(where).isEqualTo(rebuilt.successors());
        for (var service : state.services().keySet()) {
            assertThat(state.tasksOf(service)).as(where).isEqualTo(rebuilt.tasksOf(service));
            assertThat(state.tasksOf(service)).as(where).allSatisfy(task -> assertThat(task).isSameAs(state.tasks().get(task.id())));
            assertThat(state.unsettled(service)).as(where).isEqualTo(rebuilt.unsettled(service));
        }
        for (var node : state.nodes().keySet()) {
            assertThat(state.tasksOn(node)).as(where).isEqualTo(rebuilt.tasksOn(node));
            assertThat(state.load(node)).as(where).isEqualTo(rebuilt.load(node));
        }
    }

    private static Service service(Draft draft, String name) {
        var container = ContainerSpec.of("image");
        var reserved = Resources.of(Optional.empty(), Optional.of(new Reservations(500_000_000, 1 << 20)));
        var template = new TaskSpec(container, Optional.of(reserved), Optional.empty(), Optional.empty(), Optional.empty(),
                0, Optional.empty(), null);
        var ports = new EndpointSpec(Optional.empty(), List.of(new PortConfig(Optional.empty(), "tcp", 80, 8080, "host")));
        return Service.of(draft.newServiceId(), new ServiceSpec(name, new TreeMap<>(), template,
                ServiceMode.UNSAID, Optional.empty(), Optional.empty(), Optional.of(ports)), draft.now());
    }

    private static Node node(String id) {
        var description = new NodeDescription(id, new Platform("x86_64", "linux"), Duration.ofSeconds(4).toNanos(),
                1 << 30, "20.10", new TreeMap<>(), List.of());
        return new Node(new NodeId(id), 0, START, START, "", new TreeMap<>(), Node.Role.WORKER, Node.Availability.ACTIVE,
                description, "127.0.0.1", true, Node.Liveness.READY, "", Optional.empty());
    }
}
