package io.cardume.manager.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.AddressPool;
import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.Platform;
import io.cardume.api.ServiceId;
import io.cardume.api.SwarmView;
import io.cardume.api.link.Delivered;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is printed in a message or a log by mistake says nothing of what it holds. */
class NothingSecretIsPrintedTest {
    private static final String SECRET = "hunter2-planted";
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    static Stream<Object> holders() {
        var payload = Payload.of(SECRET.getBytes(StandardCharsets.UTF_8));
        var blob = Blob.of(new BlobId("b1"), BlobKind.SECRET, new BlobSpec("pw", new TreeMap<>(), payload, Optional.empty()), NOW);
        var cluster = new Cluster(new ClusterId("c1"), 1, NOW, NOW, new NodeId("n1"), new TreeMap<>(), 5, SECRET, SECRET, AddressPool.DEFAULT);
        var host = new NodeDescription("h1", new Platform("x86_64", "linux"), 1, 1, "20.10", new TreeMap<>(), List.of());
        return Stream.of(payload, blob, new Change.BlobPut(blob), new Transaction(1, NOW, List.of(new Change.BlobPut(blob), new Change.ClusterPut(cluster))),
                cluster, new FromAgent.Hello(SECRET, new NodeId("n1"), Optional.empty(), host, ""), new SwarmView.JoinTokens(SECRET, SECRET),
                new Delivered(new BlobId("b1"), Optional.empty(), payload), new ToAgent.Certificates(new TreeMap<>(Map.of("crt", payload))),
                new ToAgent.Logins(new TreeMap<>(Map.of(new ServiceId("s1").value(), SECRET))));
    }

    @ParameterizedTest
    @MethodSource("holders")
    void holderOfASecretDoesNotPrintIt(Object holder) {
        assertThat(holder.toString()).doesNotContain(SECRET).isNotEmpty();
    }
}
