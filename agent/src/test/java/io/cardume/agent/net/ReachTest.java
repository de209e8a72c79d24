package io.cardume.agent.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.Ports;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class ReachTest {
    private static final Ipv4 OWN = Ipv4.parse("127.0.0.1");
    private static final NodeId NEAR = new NodeId("near");
    private static final NodeId FAR = new NodeId("far");
    /** For documentation only: no host has it, and there is no way to it from an address of the own host alone. */
    private static final Ipv4 NOWHERE = Ipv4.parse("192.0.2.1");

    private final LinkedBlockingQueue<SortedSet<NodeId>> said = new LinkedBlockingQueue<>();

    @Test
    void whoDoesNotAnswerIsSaidUntilHeDoes() throws Exception {
        try (var reach = new Reach(said::add, Ports.free(), Duration.ofMillis(50))) {
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(NEAR, OWN, FAR, NOWHERE)))));
            assertThat(next()).containsExactly(FAR);
            assertThat(next()).containsExactly(FAR);
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(NEAR, OWN, FAR, OWN)))));
            for (var now = next(); !now.isEmpty(); now = next()) assertThat(now).containsExactly(FAR);
            // All is well, and was before: nothing more is said.
            assertThat(said.poll(300, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void hostsThatComeAndGoAllTheWhileDoNotKeepItFromBeingSaid() throws Exception {
        try (var reach = new Reach(said::add, Ports.free(), Duration.ofMillis(200))) {
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(FAR, NOWHERE)))));
            assertThat(next()).containsExactly(FAR);
            try (var comeAndGo = new ScheduledThreadPoolExecutor(1)) {
                var others = new AtomicInteger();
                comeAndGo.scheduleWithFixedDelay(() -> reach.hosts(Optional.of(new Reach.Hosts(OWN,
                        new TreeMap<>(Map.of(FAR, OWN, new NodeId("n" + others.incrementAndGet()), OWN))))), 0, 20, TimeUnit.MILLISECONDS);
                for (var now = next(); !now.isEmpty(); now = next()) assertThat(now).containsExactly(FAR);
                comeAndGo.shutdownNow();
            }
        }
    }

    @Test
    void thatAllAnswerIsSaidUntilItIsOnItsWay() throws Exception {
        var lost = new AtomicInteger();
        try (var reach = new Reach(now -> said.add(now) && (!now.isEmpty() || lost.incrementAndGet() > 2), Ports.free(), Duration.ofMillis(50))) {
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(FAR, NOWHERE)))));
            assertThat(next()).containsExactly(FAR);
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(FAR, OWN)))));
            for (var now = next(); !now.isEmpty(); now = next()) assertThat(now).containsExactly(FAR);
            assertThat(next()).isEmpty();
            assertThat(next()).isEmpty();
            assertThat(said.poll(300, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void whoIsNoMoreIsForgotten() throws Exception {
        try (var reach = new Reach(said::add, Ports.free(), Duration.ofMillis(50))) {
            reach.hosts(Optional.of(new Reach.Hosts(OWN, new TreeMap<>(Map.of(FAR, NOWHERE)))));
            assertThat(next()).containsExactly(FAR);
            reach.hosts(Optional.empty());
            for (var now = next(); !now.isEmpty(); now = next()) assertThat(now).containsExactly(FAR);
        }
    }

    private SortedSet<NodeId> next() throws InterruptedException {
        var next = said.poll(60, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }
}
