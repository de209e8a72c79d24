package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.Json;
import io.cardume.api.NetworkId;
import io.cardume.api.Subnet;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said of a network that the engine will not make. */
class DockerNetworksTest {
    private static final EngineNetwork WANTED = new EngineNetwork(new NetworkId("n1"), "web.n1", "cdmbr1", Subnet.parse("10.128.0.0/24"),
            Ipv4.parse("10.128.0.1"), 1450, false);
    private static final String OVERLAPS = "Pool overlaps with other one on this address space";

    @Test
    void whatIsInTheWayIsNamedWithTheRemedy() {
        var networks = networks(OVERLAPS, """
                [{"Name": "none", "IPAM": {"Config": []}},
                 {"Name": "bridge", "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]}},
                 {"Name": "six", "IPAM": {"Config": [{"Subnet": "fd00::/64"}, {"Subnet": "10.128.0/24"}, {"Subnet": "10.128.0.0/99"}]}},
                 {"Name": "old.n9", "IPAM": {"Config": [{"Subnet": "10.128.0.7/16"}]}, "Labels": {"cardume.cluster": "c7"}},
                 {"Name": "mine", "IPAM": {"Config": [{"Subnet": "10.129.0.0/24"}, {"Subnet": "10.128.0.128/25"}]}, "Labels": {}}]""");

        assertThatThrownBy(() -> networks.make(WANTED, new ClusterId("c1")))
                .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED))
                .hasMessage("network web.n1 has 10.128.0.0/24: " + OVERLAPS + ". In the way on this host's engine: "
                        + "network old.n9 (10.128.0.7/16, of cluster c7), if nothing needs it: `docker network rm old.n9`; "
                        + "network mine (10.128.0.128/25), if nothing needs it: `docker network rm mine`");
    }

    @Test
    void whatIsNotFoundIsNotGuessed() {
        assertThatThrownBy(() -> networks(OVERLAPS, """
                [{"Name": "other", "IPAM": {"Config": [{"Subnet": "10.129.0.0/24"}]}}]""").make(WANTED, new ClusterId("c1"))).hasMessage(OVERLAPS);
    }

    /** Of an engine that refuses to make a network with these words, and has these. */
    private static DockerNetworks networks(String refusal, String there) {
        return new DockerNetworks((method, path, _) -> answer(method, path, refusal, there), task -> task.value());
    }

    private static JsonNode answer(Request.Method method, String path, String refusal, String there) throws EngineException {
        if (method == Request.Method.POST) throw new EngineException(EngineException.Kind.REFUSED, refusal);
        try {
            return Json.lenient().readTree(path.equals("/networks") ? there : "[]");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
