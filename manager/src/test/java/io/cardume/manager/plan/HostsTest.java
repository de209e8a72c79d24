package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pcollections.TreePMap;

class HostsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Comparator<Host> BEST = Comparator.<Host>comparingInt(host -> host.load().tasks()).thenComparing(Host::free, Comparator.reverseOrder());

    private static List<Host> walked(Hosts hosts, long from) {
        var walk = hosts.walk(from);
        var found = new ArrayList<Host>();
        for (var next = walk.next(); next.isPresent(); next = walk.next()) found.add(next.get());
        return found;
    }

    @Test
    void allNodesComeOnceTheBestFirstAndEqualsFromTheServicesPlaceOnwards() {
        var state = cluster().nodes(40).service("web", 9).service("db", 60).state();
        var hosts = new Hosts();
        hosts.become(state);
        var chance = new Random(7);
        for (int i = 0; i < 20; i++) {
            long from = chance.nextLong() & Long.MAX_VALUE;
            var walked = walked(hosts, from);
            assertThat(walked).hasSize(40).doesNotHaveDuplicates();
            assertThat(walked).isSortedAccordingTo(BEST.thenComparingLong(host -> Mix.around(host.place(), from)));
        }
    }

    @Test
    void oneThatBearsMoreIsPassedAndTheOthersStillCome() {
        var hosts = new Hosts();
        hosts.become(cluster().nodes(10).state());
        var walk = hosts.walk(1);
        var found = new ArrayList<NodeId>();
        for (int i = 0; i < 10; i++) {
            var next = walk.next().orElseThrow();
            found.add(next.node().id());
            hosts.bears(next, new NodeLoad(1, 0, 0, TreePMap.empty(), TreePMap.empty()));
        }
        assertThat(found).doesNotHaveDuplicates();
    }

    private static void assertAreThoseOf(ClusterState state, Hosts hosts) {
        var fresh = new Hosts();
        fresh.become(state);
        assertThat(walked(hosts, 5)).extracting(host -> host.node() + " " + host.load())
                .isEqualTo(walked(fresh, 5).stream().map(host -> host.node() + " " + host.load()).toList());
    }

    @Test
    void whereOnePlanFollowsTheOtherOnlyWhatIsTouchedIsLookedAt() {
        var state = cluster().nodes(60).service("web", 90).state();
        var hosts = new Hosts();
        var chance = new Random(11);
        for (int i = 0; i < 200; i++) {
            var draft = new Draft(state, NOW, "hosts" + i);
            for (int changes = chance.nextInt(3); changes > 0; changes--) change(draft, chance);
            if (chance.nextBoolean()) {
                hosts.become(draft.state());
                assertAreThoseOf(draft.state(), hosts);
                var host = hosts.walk(i).next().orElseThrow();
                var task = draft.state().tasks().values().stream().skip(chance.nextInt(60)).findFirst().orElseThrow();
                draft.put(task.on(host.node().id(), TaskStatus.of(NOW, TaskState.ASSIGNED, "", "")));
                hosts.bears(host, draft.state().load(host.node().id()));
                change(draft, chance);
            }
            hosts.touched(draft.state());
            state = draft.state().settled();
        }
        hosts.become(state);
        assertAreThoseOf(state, hosts);
    }

    private static void change(Draft draft, Random chance) {
        var nodes = List.copyOf(draft.state().nodes().values());
        var node = nodes.get(chance.nextInt(nodes.size()));
        switch (chance.nextInt(4)) {
            case 0 -> draft.put(node.seen(Node.Liveness.DOWN, "away"));
            case 1 -> draft.put(node.seen(Node.Liveness.READY, ""));
            case 2 -> draft.state().tasksOn(node.id()).forEach(task -> draft.put(task.observed(TaskStatus.of(NOW, TaskState.FAILED, "", ""))));
            default -> {
                var copy = new Node(new NodeId("more" + chance.nextInt(1_000)), 0, NOW, NOW, "", node.labels(), node.role(), node.availability(), node.description(),
                        node.address(), node.hasAgent(), Node.Liveness.READY, "", Optional.empty());
                draft.put(copy);
            }
        }
    }

    @Test
    void theyBecomeThoseOfWhateverStateTheyAreShownWhenTheLastIsForgotten() {
        var hosts = new Hosts();
        var chance = new Random(3);
        var states = new ArrayList<ClusterState>();
        for (int i = 1; i < 8; i++) states.add(cluster().nodes(1 + i * 3 % 7).service("web", i * 2).state());
        states.add(ClusterState.empty());
        for (int i = 0; i < 50; i++) {
            var state = states.get(chance.nextInt(states.size()));
            hosts.forget();
            hosts.become(state);
            assertAreThoseOf(state, hosts);
            for (Host host : walked(hosts, 9)) if (chance.nextBoolean()) hosts.bears(host, NodeLoad.NONE);
        }
    }
}
