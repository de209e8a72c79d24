package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.balance.Balancer;
import io.cardume.agent.balance.Balances;
import io.cardume.agent.door.Door;
import io.cardume.agent.door.DoorSettings;
import io.cardume.api.ClusterId;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.BackendsChange;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.PortTrouble;
import io.cardume.api.link.ToAgent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BalancingTest {
    private static final ClusterId OURS = new ClusterId("ours");
    private static final ClusterId OTHERS = new ClusterId("others");
    private static final NodeId NODE = new NodeId("node0000000000000000000000");
    private static final Ipv4 OWN = Ipv4.parse("10.0.0.2");

    private final List<FromAgent> said = new CopyOnWriteArrayList<>();
    private final Balancing balancing = new Balancing(Balancer.none("connections are not balanced"), new Door(DoorSettings.NONE), NODE, new Outbox() {
        @Override
        public boolean say(FromAgent message) {
            return said.add(message);
        }

        @Override
        public boolean sayPatiently(FromAgent message) {
            return said.add(message);
        }
    });

    @AfterEach
    void close() {
        balancing.close();
    }

    @Test
    void certificatesAreForgottenWithTheirCluster() throws Exception {
        var certificates = new ToAgent.Certificates(new TreeMap<>(Map.of("shop-tls", Payload.of("no PEM".getBytes(StandardCharsets.UTF_8)))));
        balancing.told(OURS, certificates);
        assertThat(troubles(OURS)).doesNotContain("secret shop-tls with a certificate has not been delivered");
        // Another cluster's end is none of its affair.
        balancing.end(OTHERS);
        assertThat(troubles(OURS)).doesNotContain("secret shop-tls with a certificate has not been delivered");
        balancing.end(OURS);
        assertThat(troubles(OURS)).contains("secret shop-tls with a certificate has not been delivered");
    }

    @Test
    void whatWasMissedIsNotAnsweredForUntilEverythingIsSaid() throws Exception {
        var shop = new ServiceId("shop000000000000000000000");
        var more = new BackendsChange(shop, List.of(new BalancedService.Backend(new TaskId("t"), NODE, new TreeMap<>())), List.of());
        assertThat(balancing.told(OURS, new ToAgent.Balancing(1, false, List.of(), List.of(), List.of()))).as("a difference to nothing").isFalse();
        assertThat(answers()).isEmpty();
        assertThat(balancing.told(OURS, ToAgent.Balancing.all(2, List.of()))).isTrue();
        assertThat(answers()).containsExactly(2L);
        assertThat(balancing.told(OURS, new ToAgent.Balancing(3, false, List.of(), List.of(more), List.of()))).as("tasks of a service it does not know").isFalse();
        assertThat(balancing.told(OURS, new ToAgent.Balancing(4, false, List.of(), List.of(), List.of()))).as("what comes later is not all either").isFalse();
        assertThat(answers()).containsExactly(2L);
        var service = new BalancedService(shop, "shop", Collections.emptySortedMap(), List.of(), new TreeMap<>(), List.of());
        assertThat(balancing.told(OURS, ToAgent.Balancing.all(5, List.of(service)))).isTrue();
        assertThat(balancing.told(OURS, new ToAgent.Balancing(6, false, List.of(), List.of(more), List.of()))).isTrue();
        assertThat(answers()).containsExactly(2L, 6L);
    }

    private List<Long> answers() throws Exception {
        balancing.settling().settle(List.of(), false, true);
        return said.stream().map(message -> ((FromAgent.Balanced) message).generation()).toList();
    }

    /** What the manager hears when a service wants the certificate. */
    private List<String> troubles(ClusterId cluster) throws Exception {
        var labels = new TreeMap<>(Map.of(HttpLabels.PORT, "80", HttpLabels.HOST, "shop.example", HttpLabels.TLS, "shop-tls"));
        var service = new BalancedService(new ServiceId("shop000000000000000000000"), "shop", Collections.emptySortedMap(), List.of(), labels, List.of());
        balancing.told(cluster, ToAgent.Balancing.all(1, List.of(service)));
        var ingress = new NetworkOnNode(new NetworkId("ingressingressingressingr"), Balances.INGRESS, Subnet.parse("10.0.0.0/24"), Ipv4.parse("10.0.0.1"),
                7, Optional.empty(), false, List.of(), List.of(new NetworkOnNode.Host(NODE, OWN, "192.0.2.1")), List.of());
        balancing.settling().settle(List.of(ingress), false, true);
        var words = new ArrayList<String>();
        if (said.getLast() instanceof FromAgent.Balanced balanced) balanced.troubles().stream().map(PortTrouble::words).forEach(words::add);
        return words;
    }
}
