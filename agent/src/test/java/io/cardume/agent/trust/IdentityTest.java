package io.cardume.agent.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.NodeId;
import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
    private static final NodeId NODE = new NodeId("node1");
    private static final Subject WORKER = new Subject("node1", Subject.WORKER, "cluster1");

    @TempDir
    private Path dir;

    private final Issuer issuer = new Issuer();
    private Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private Identity identity() throws IOException {
        return Identity.in(dir, NODE, () -> now);
    }

    private List<X509Certificate> issued(Identity to, Subject subject) {
        return issuer.issue(to.asked(), subject, now.minus(Duration.ofHours(1)), now.plus(Duration.ofHours(2)));
    }

    @Test
    void whatWasGivenIsThereAfterARestartAndOnlyItsOwnerReadsIt() throws Exception {
        var identity = identity();
        assertThat(identity.held()).isEmpty();
        assertThat(identity.asked()).isEqualTo(identity.asked());
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        assertThat(identity().held()).isEqualTo(identity.held()).isPresent();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("identity.pem")))).isEqualTo("rw-------");
        assertThat(identity.held().get().toString()).contains("node1").doesNotContain("PRIVATE");
    }

    @Test
    void whoEndsBeforeItHasItsFirstCertificateAsksForTheSameKeyAgain() throws Exception {
        var asked = identity().askedFirst();
        var first = dir.resolve("identity.first");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first))).isEqualTo("rw-------");
        var identity = identity();
        assertThat(identity.asked()).isEqualTo(asked);
        assertThat(identity.askedFirst()).isEqualTo(asked);
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        assertThat(first).doesNotExist();
        assertThat(identity().asked()).isNotEqualTo(asked);

        var whole = identity().askedFirst();
        assertThat(whole).isNotEqualTo(asked);
        assertThat(identity().asked()).as("its place is before the first certificate only").isNotEqualTo(whole);
        assertThat(first).doesNotExist();
        identity.forget();
        var again = identity.askedFirst();
        assertThat(identity().asked()).isEqualTo(again);
        Files.writeString(first, Files.readString(first).replaceFirst("(PRIVATE KEY-----\\s+[^\\s]{20})[^\\s]{10}", "$1AAAAAAAAAA"));
        assertThat(identity().asked()).as("damaged").isNotEqualTo(again);
    }

    @Test
    void anotherCertificateIsDueAtHalfItsLife() throws Exception {
        var identity = identity();
        assertThat(identity.isDue()).isFalse();
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        assertThat(identity.held().get().renewAt()).isEqualTo(now.plus(Duration.ofHours(1)));
        assertThat(identity.isDue()).isFalse();
        now = now.plus(Duration.ofHours(1));
        assertThat(identity.isDue()).isTrue();
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        assertThat(identity.isDue()).isFalse();
    }

    @Test
    void aCertificateThatIsNotItsOwnIsRefusedAndWhatItHeldRemains() throws Exception {
        var identity = identity();
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        var before = identity.held();
        for (var other : List.of(new Subject("node2", Subject.WORKER, "cluster1"), new Subject("node1", Subject.MANAGER, "cluster1")))
            assertThatThrownBy(() -> identity.given(issued(identity, other), List.of(issuer.root))).hasMessageContaining("this is node node1");
        assertThatThrownBy(() -> identity.given(issued(identity, WORKER), List.of(new Issuer().root))).isInstanceOf(CertificateException.class);
        var foreign = issuer.issue(Issuer.keys().getPublic(), WORKER, now.minusSeconds(60), now.plusSeconds(60));
        assertThatThrownBy(() -> identity.given(foreign, List.of(issuer.root))).hasMessageContaining("not for the key");
        assertThatThrownBy(() -> identity.trust(List.of(new Issuer().root))).isInstanceOf(CertificateException.class);
        assertThat(identity.held()).isEqualTo(before);
        assertThat(identity().held()).isEqualTo(before);
    }

    @Test
    void moreRootsAreTrustedWhileTheyAreRotated() throws Exception {
        var identity = identity();
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        var next = new Issuer().root;
        identity.trust(List.of(issuer.root, next));
        assertThat(identity().held().get().roots()).containsExactly(issuer.root, next);
    }

    @Test
    void aDamagedFileOrOneOfAnotherNodeIsNone() throws Exception {
        var identity = identity();
        identity.given(issued(identity, WORKER), List.of(issuer.root));
        assertThat(Identity.in(dir, new NodeId("node2"), () -> now).held()).isEmpty();
        var file = dir.resolve("identity.pem");
        var whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at += 11) {
            var broken = whole.clone();
            broken[at] ^= 1;
            Files.write(file, broken);
            identity().held().ifPresent(read -> {
                assertThat(read.key()).isEqualTo(identity.held().get().key());
                assertThat(read.chain().leaf()).isEqualTo(identity.held().get().chain().leaf());
            });
        }
        for (int length : new int[] {0, 10, whole.length / 2}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(identity().held()).isEmpty();
        }
        identity.forget();
        assertThat(file).doesNotExist();
        assertThat(identity.held()).isEmpty();
    }
}
