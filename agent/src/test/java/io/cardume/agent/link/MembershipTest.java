package io.cardume.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.trust.Issuer;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MembershipTest {
    private static final ClusterId ONE = new ClusterId("one");
    private static final ClusterId TWO = new ClusterId("two");

    @TempDir
    Path temp;

    @Test
    void anIdIsMadeOnceAndKept() throws IOException {
        var dir = temp.resolve("deep/data");

        var node = Membership.at(dir, Optional.empty()).node();

        assertThat(node.value()).matches("[a-z0-9]{25}");
        assertThat(Membership.at(dir, Optional.empty()).node()).isEqualTo(node);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir))).isEqualTo("rwx------");
    }

    @Test
    void aGivenIdIsTakenAndNotKept() throws IOException {
        assertThat(Membership.at(temp, Optional.of(new NodeId("given"))).node()).isEqualTo(new NodeId("given"));
        assertThat(temp.resolve("node-id")).doesNotExist();
    }

    @Test
    void membershipOutlivesTheProcess() throws IOException {
        again().join(ONE);
        assertThat(again().cluster()).contains(ONE);

        again().end(ONE);
        assertThat(again().cluster()).isEmpty();
        assertThat(again().ended()).containsExactly(ONE);

        again().forget(ONE);
        assertThat(again().ended()).isEmpty();
    }

    @Test
    void whoHasACertificateAndWasNeverLetInBelongsToItsClusterToo() throws Exception {
        var membership = Membership.at(temp, Optional.of(new NodeId("node1")));
        assertThat(membership.belongsTo()).isEmpty();
        var issuer = new Issuer();
        var now = Instant.now();
        var identity = membership.identity();
        identity.given(issuer.issue(identity.asked(), new Subject("node1", Subject.WORKER, "one"), now.minusSeconds(60), now.plusSeconds(60)), List.of(issuer.root));
        assertThat(membership.cluster()).isEmpty();
        assertThat(membership.belongsTo()).contains(ONE);

        membership.end(ONE);
        assertThat(identity.held()).isEmpty();
        assertThat(membership.belongsTo()).isEmpty();
    }

    @Test
    void joiningAnotherClusterEndsTheFirst() throws IOException {
        again().join(ONE);
        again().join(TWO);

        assertThat(again().cluster()).contains(TWO);
        assertThat(again().ended()).containsExactly(ONE);
    }

    @Test
    void aClusterThatIsJoinedAgainHasNotEnded() throws IOException {
        again().join(ONE);
        again().end(ONE);
        again().join(ONE);

        assertThat(again().ended()).isEmpty();
    }

    @Test
    void aDirectoryHasOneAgent() throws IOException {
        try (var _ = again().alone()) {
            assertThatThrownBy(() -> again().alone()).hasMessageContaining("another agent");
        }
        try (var second = again().alone()) {
            assertThat(second.cluster()).isEmpty();
        }
    }

    private Membership again() throws IOException {
        return Membership.at(temp, Optional.empty());
    }
}
