package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.balance.Balancer;
import io.cardume.agent.door.Door;
import io.cardume.agent.door.DoorSettings;
import io.cardume.agent.engine.EngineNetwork;
import io.cardume.agent.engine.EngineNetworks;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.engine.Networking;
import io.cardume.agent.names.NameServer;
import io.cardume.agent.net.HostLinks;
import io.cardume.agent.net.Overlay;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.NetworkChange;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.ToAgent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostNetworksTest {
    private static final ClusterId OURS = new ClusterId("ours");
    private static final ClusterId ENDED = new ClusterId("ended");
    private static final NodeId HERE = new NodeId("here000000000000000000000");
    private static final NodeId THERE = new NodeId("there00000000000000000000");
    private static final NetworkId BACKEND = new NetworkId("backend000000000000000000");
    /** Longer than the test's patience: what is done was not left to the next look. */
    private static final Duration LATER = Duration.ofHours(1);
    private static final long PATIENCE_SECONDS = 60;

    private final Devices devices = new Devices();
    private final Bridges bridges = new Bridges();
    private final NameServer names = new NameServer(0, List::of);
    private final TreeSet<ClusterId> ended = new TreeSet<>();
    private Optional<HostNetworks> started = Optional.empty();

    @AfterEach
    void close() {
        started.ifPresent(HostNetworks::close);
    }

    @Test
    void aHostWithNothingOfOursIsLookedAtMoreSeldom() {
        var pauses = HostNetworks.Pauses.USUAL;
        assertThat(pauses.next(true, false)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.next(true, true)).isEqualTo(Duration.ofMinutes(1));
        assertThat(pauses.next(false, true)).isEqualTo(pauses.next(false, false)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void nothingIsHereOnceAManagerHasSaidAllAndNoneOfItIsHere() {
        var networks = networks();
        assertThat(networks.nothingIsHere()).as("before a manager has said anything").isFalse();
        networks.recalled(OURS, List.of());
        assertThat(networks.nothingIsHere()).as("by what was kept of an earlier word").isFalse();
        networks.told(OURS, ToAgent.Networks.all(List.of()));
        assertThat(networks.nothingIsHere()).as("there is no network").isTrue();
        networks.told(OURS, ToAgent.Networks.all(List.of(backend(THERE))));
        assertThat(networks.nothingIsHere()).as("one that others are on").isTrue();
        networks.told(OURS, ToAgent.Networks.all(List.of(backend(HERE, THERE))));
        assertThat(networks.nothingIsHere()).as("one that this host is on").isFalse();
    }

    @Test
    void whoMissedSomethingDoesNotKnowThatNothingIsHere() {
        var networks = networks();
        networks.told(OURS, ToAgent.Networks.all(List.of()));
        var ofOneNeverHeard = new NetworkChange(BACKEND, List.of(), List.of(), List.of(), List.of());
        assertThat(networks.told(OURS, new ToAgent.Networks(false, List.of(), List.of(ofOneNeverHeard), List.of()))).isFalse();
        assertThat(networks.nothingIsHere()).isFalse();
    }

    @Test
    void somethingIsHereWhileAnEndedClusterIsNotTidiedUp() {
        ended.add(ENDED);
        var networks = networks();
        networks.told(OURS, ToAgent.Networks.all(List.of()));
        assertThat(networks.nothingIsHere()).isFalse();
    }

    @Test
    void aHostThatComesToANetworkDoesNotWaitForTheNextLook() throws InterruptedException {
        var networks = networks();
        networks.told(OURS, ToAgent.Networks.all(List.of()));
        networks.start();
        assertThat(devices.settled()).as("nothing is here").isEmpty();
        networks.told(OURS, ToAgent.Networks.all(List.of(backend(HERE, THERE))));
        assertThat(devices.settled()).extracting(Overlay::vni).containsExactly(4_097);
        assertThat(bridges.all(OURS)).containsOnlyKeys(BACKEND);
        networks.told(OURS, ToAgent.Networks.all(List.of()));
        assertThat(devices.settled()).isEmpty();
        assertThat(bridges.removed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("the bridge that was removed").isEqualTo(BACKEND);
        networks.told(OURS, ToAgent.Networks.all(List.of(backend(HERE))));
        assertThat(devices.settled()).extracting(Overlay::vni).containsExactly(4_097);
    }

    private HostNetworks networks() {
        var engine = new FakeEngine("here", () -> Instant.EPOCH);
        engine.has(bridges);
        var deaf = new Outbox() {
            @Override
            public boolean say(FromAgent message) {
                return true;
            }

            @Override
            public boolean sayPatiently(FromAgent message) {
                return true;
            }
        };
        var networks = new HostNetworks(engine, devices, names, HERE,
                new Balancing(Balancer.none("connections are not balanced"), new Door(DoorSettings.NONE), HERE, deaf), ended, new HostNetworks.Pauses(LATER, LATER, LATER));
        started = Optional.of(networks);
        return networks;
    }

    private static NetworkOnNode backend(NodeId... on) {
        var hosts = new TreeSet<>(Set.of(on)).stream()
                .map(node -> new NetworkOnNode.Host(node, Ipv4.parse(node.equals(HERE) ? "127.77.0.2" : "127.77.0.3"), node.equals(HERE) ? "192.0.2.2" : "192.0.2.3")).toList();
        return new NetworkOnNode(BACKEND, "backend", Subnet.parse("127.77.0.0/24"), Ipv4.parse("127.77.0.1"), 4_097, Optional.empty(), false, List.of(), hosts, List.of());
    }

    /** What the host's devices were last wanted to be. */
    private static final class Devices implements HostLinks {
        private final BlockingQueue<Collection<Overlay>> wanted = new LinkedBlockingQueue<>();
        private Optional<Collection<Overlay>> last = Optional.empty();

        /** What is wanted once that has changed. */
        Collection<Overlay> settled() throws InterruptedException {
            var next = wanted.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("devices, before the next look").isNotNull();
            return next;
        }

        @Override
        public Optional<String> obstacle() {
            return Optional.empty();
        }

        @Override
        public int mtu(String host) {
            return 1_450;
        }

        @Override
        public void make(Overlay overlay, ClusterId cluster) {}

        @Override
        public SortedMap<String, String> settle(Collection<Overlay> overlays, Set<String> kept, ClusterId cluster) {
            // What was heard before the beginning is settled twice.
            var now = Optional.<Collection<Overlay>>of(List.copyOf(overlays));
            if (!last.equals(now)) wanted.add(now.get());
            last = now;
            return Collections.emptySortedMap();
        }
    }

    private static final class Bridges implements EngineNetworks {
        private final SortedMap<NetworkId, String> made = new ConcurrentSkipListMap<>();
        private final BlockingQueue<NetworkId> removed = new LinkedBlockingQueue<>();

        @Override
        public SortedMap<NetworkId, String> all(ClusterId cluster) {
            return new TreeMap<>(made);
        }

        @Override
        public void make(EngineNetwork network, ClusterId cluster) {
            made.put(network.id(), network.name());
        }

        @Override
        public void remove(NetworkId network, ClusterId cluster) {
            if (made.remove(network) != null) removed.add(network);
        }

        @Override
        public void join(TaskId task, Networking.On networking) {}
    }
}
