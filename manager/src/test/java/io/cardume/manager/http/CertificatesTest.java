package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.NodeCertificate;
import io.cardume.manager.loop.EndRotation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the API says of certificates, and a rotation of the root as {@code docker swarm ca --rotate} asks for it. */
class CertificatesTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    private JsonNode swarm() {
        return cluster.get("/swarm").json();
    }

    /** What is asked of certificates. */
    private ServedCluster.Answer ask(String field, long value) {
        var now = swarm();
        var spec = (ObjectNode) now.get("Spec");
        ((ObjectNode) spec.get("CAConfig")).put(field, value);
        return cluster.post("/swarm/update?version=" + now.get("Version").get("Index"), spec.toString());
    }

    private JsonNode worker() {
        return cluster.get("/nodes/" + ServedCluster.WORKER).json().get("Description");
    }

    /** The worker's agent gets a certificate of the root that issues them now. */
    private void certified(Instant ends) {
        cluster.done(draft -> {
            var state = draft.state();
            var root = state.authority().orElseThrow().issuer().digest();
            draft.put(state.node(ServedCluster.WORKER).orElseThrow().with(new NodeCertificate(root, ends, List.of(root), root)));
            return null;
        });
    }

    /** What the cluster port does as soon as no node is waited for any more. */
    private void ended() {
        assertThat(EndRotation.isDue(cluster.state())).isTrue();
        var root = cluster.state().authority().orElseThrow().issuer().digest();
        cluster.done(new EndRotation(root, new JoinToken(root, "w".repeat(25)).text(), new JoinToken(root, "m".repeat(25)).text()));
    }

    private static RootDigest digest(JsonNode tlsInfo) {
        return RootDigest.of(Pem.certificates(tlsInfo.get("TrustRoot").asText()).getFirst());
    }

    @Test
    void aRotationEndsWhenEveryAgentHasACertificateOfTheNewRoot() {
        certified(Instant.now().plus(Duration.ofDays(90)));
        var first = swarm();
        assertThat(worker().get("TLSInfo")).isEqualTo(first.get("TLSInfo"));
        var token = JoinToken.parse(first.get("JoinTokens").get("Worker").asText());
        assertThat(token.root()).isEqualTo(digest(first.get("TLSInfo")));

        assertThat(ask("ForceRotate", 1).status()).isEqualTo(200);
        var during = swarm();
        assertThat(during.get("RootRotationInProgress").asBoolean()).isTrue();
        assertThat(during.get("TLSInfo").get("TrustRoot")).isEqualTo(first.get("TLSInfo").get("TrustRoot"));
        assertThat(during.get("TLSInfo").get("CertIssuerPublicKey")).isNotEqualTo(first.get("TLSInfo").get("CertIssuerPublicKey"));
        assertThat(worker().get("TLSInfo")).isEqualTo(first.get("TLSInfo"));
        assertThat(during.get("JoinTokens")).isEqualTo(first.get("JoinTokens"));
        assertThat(cluster.get("/info").json().get("Warnings").toString()).contains("the root certificate is being rotated").contains("worker");
        var second = ask("ForceRotate", 2);
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.text()).contains("in progress").contains("worker");

        certified(Instant.now().plus(Duration.ofDays(90)));
        assertThat(worker().get("TLSInfo").get("CertIssuerPublicKey")).isEqualTo(during.get("TLSInfo").get("CertIssuerPublicKey"));
        ended();
        var after = swarm();
        assertThat(after.get("RootRotationInProgress").asBoolean()).isFalse();
        assertThat(after.get("TLSInfo").get("CertIssuerPublicKey")).isEqualTo(during.get("TLSInfo").get("CertIssuerPublicKey"));
        assertThat(worker().get("TLSInfo")).isEqualTo(after.get("TLSInfo"));
        assertThat(JoinToken.parse(after.get("JoinTokens").get("Worker").asText()).root()).isEqualTo(digest(after.get("TLSInfo"))).isNotEqualTo(token.root());
        assertThat(cluster.state().authority().orElseThrow().trusted()).hasSize(1);
        assertThat(cluster.get("/info").json().get("Warnings")).isEmpty();
        assertThat(ask("ForceRotate", 1).status()).isEqualTo(200);
        assertThat(swarm().get("RootRotationInProgress").asBoolean()).isFalse();
    }

    @Test
    void aNodeThatIsRemovedIsNotWaitedFor() {
        assertThat(ask("ForceRotate", 1).status()).isEqualTo(200);
        assertThat(EndRotation.isDue(cluster.state())).isFalse();
        assertThat(cluster.delete("/nodes/" + ServedCluster.WORKER + "?force=true").status()).isEqualTo(200);
        assertThat(EndRotation.isDue(cluster.state())).isTrue();
    }

    @Test
    void nodesCertificatesLiveAsLongAsAskedAndNotLessThanAnHour() {
        assertThat(ask("NodeCertExpiry", 48 * HOUR).status()).isEqualTo(200);
        assertThat(swarm().get("Spec").get("CAConfig").get("NodeCertExpiry").asLong()).isEqualTo(48 * HOUR);
        assertThat(cluster.state().authority().orElseThrow().nodeLife()).isEqualTo(Duration.ofHours(48));
        for (long wrong : new long[] {HOUR - 1, -HOUR, 90_000 * HOUR}) {
            var refused = ask("NodeCertExpiry", wrong);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("CAConfig.NodeCertExpiry").contains("minimum certificate expiry time is: 1h0m0s");
        }
        assertThat(swarm().get("Spec").get("CAConfig").get("NodeCertExpiry").asLong()).isEqualTo(48 * HOUR);
    }

    @Test
    void whenACertificateEndsIsShownAndWarnedOf() {
        assertThat(worker().get("CertificateExpiresAt")).isNull();
        var far = Instant.now().plus(Duration.ofDays(80)).truncatedTo(ChronoUnit.SECONDS);
        certified(far);
        assertThat(worker().get("CertificateExpiresAt").asText()).isEqualTo(far.toString());
        assertThat(cluster.get("/info").json().get("Warnings")).isEmpty();
        assertThat(cluster.get("/metrics").text())
                .contains("cardume_root_certificate_expiry_timestamp_seconds{root=\"" + digest(swarm().get("TLSInfo")) + "\"}")
                .containsPattern("(?m)^cardume_node_certificate_expiry_timestamp_seconds\\{hostname=\"worker\",node=\"" + ServedCluster.WORKER + "\"} \\S+$")
                .contains("cardume_nodes{state=\"ready\"} 2.0");
        var near = Instant.now().plus(Duration.ofDays(20)).truncatedTo(ChronoUnit.SECONDS);
        certified(near);
        assertThat(cluster.get("/info").json().get("Warnings").toString()).contains("node worker was not renewed in time and ends at " + near);
        certified(Instant.now().minusSeconds(5));
        assertThat(cluster.get("/info").json().get("Warnings").toString()).contains("node worker ended at");
    }

    @Test
    void aClusterIsFormedWithTheLifeThatIsAsked() {
        assertThat(cluster.post("/swarm/leave?force=true", "").status()).isEqualTo(200);
        assertThat(cluster.post("/swarm/init", "{\"Spec\":{\"CAConfig\":{\"NodeCertExpiry\":" + 2 * HOUR + "}}}").status()).isEqualTo(200);
        assertThat(swarm().get("Spec").get("CAConfig").get("NodeCertExpiry").asLong()).isEqualTo(2 * HOUR);
    }
}
