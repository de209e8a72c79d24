package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.host;
import static io.cardume.manager.loop.Commands.init;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.HttpLabels;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceSpec;
import io.cardume.api.link.FromAgent;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CertificatesTest {
    private static final Payload PEM = Payload.of("-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n".getBytes(StandardCharsets.US_ASCII));

    @Test
    void onlyNodesThatAnswerForServicesGetTheirKeys() throws Exception {
        try (var loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), new MemoryStore(), InstantSource.system(), "seed", error -> {
            throw new AssertionError(error);
        })) {
            loop.start();
            done(loop, init());
            done(loop, new JoinNode(hello("a"), "10.0.0.1"));
            var plain = host("b");
            var without = new NodeDescription(plain.hostname(), plain.platform(), plain.nanoCpus(), plain.memoryBytes(), plain.engineVersion(), plain.engineLabels(), List.of());
            done(loop, new JoinNode(new FromAgent.Hello(Commands.TOKEN, new NodeId("b"), Optional.empty(), without, ""), "10.0.0.2"));
            done(loop, new CreateBlob(BlobKind.SECRET, new BlobSpec("cert", Collections.emptySortedMap(), PEM, Optional.empty())));
            var spec = Commands.service("web", 1);
            done(loop, new CreateService(new ServiceSpec("web", new TreeMap<>(Map.of(HttpLabels.PORT, "80", HttpLabels.HOST, "a.example", HttpLabels.TLS, "cert")),
                    spec.taskTemplate(), spec.mode(), spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec())));

            var tables = Tables.of(loop.published());
            assertThat(NodeTables.of(tables, new NodeId("a")).certificates().bySecret()).containsExactly(Map.entry("cert", PEM));
            assertThat(NodeTables.of(tables, new NodeId("b")).certificates()).isEqualTo(Certificates.nothing());
            assertThat(NodeTables.of(tables, Commands.MANAGER).certificates()).isEqualTo(Certificates.nothing());
        }
    }

    private static void done(ManagerLoop loop, Command<?> command) throws Exception {
        loop.submit(command).get(60, TimeUnit.SECONDS);
    }
}
