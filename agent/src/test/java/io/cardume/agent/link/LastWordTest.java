package io.cardume.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.NetworkOnNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastWordTest {
    private static final ClusterId CLUSTER = new ClusterId("c");

    @TempDir
    private Path dir;

    @Test
    void itIsThereAgainAndForItsOwnerAlone() throws Exception {
        var said = said("front");
        try (var word = new LastWord(dir)) {
            assertThat(word.read()).isEmpty();
            word.keep(said("old"));
            word.keep(said);
        }
        assertThat(new LastWord(dir).read()).contains(said);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("last-word")))).isEqualTo("rw-------");
    }

    @Test
    void whatCannotBeUnderstoodIsAsIfItWereNotThere() throws Exception {
        Files.writeString(dir.resolve("last-word"), "{\"cluster\": \"c\", \"tasks\": [{\"id\"");
        assertThat(new LastWord(dir).read()).isEmpty();
    }

    @Test
    void itGoesWithTheCluster() throws Exception {
        try (var membership = Membership.at(dir, Optional.of(new NodeId("n")))) {
            membership.join(CLUSTER);
            membership.lastWord().keep(said("front"));
        }
        try (var membership = Membership.at(dir, Optional.of(new NodeId("n")))) {
            assertThat(membership.lastWord().read()).isPresent();
            membership.end(CLUSTER);
            assertThat(membership.lastWord().read()).isEmpty();
        }
        assertThat(dir.resolve("last-word")).doesNotExist();
    }

    private static LastWord.Said said(String network) {
        var endpoint = new NetworkOnNode.Endpoint(new TaskId("t"), "web.1.t", "web", List.of("site"), Ipv4.parse("10.0.1.3"), new NodeId("n"), "10.9.9.1", true, false);
        return new LastWord.Said(CLUSTER, List.of(), List.of(new NetworkOnNode(new NetworkId("i"), network, Subnet.parse("10.0.1.0/24"),
                Ipv4.parse("10.0.1.1"), 7, Optional.of(1450), true, List.of(endpoint), List.of(), List.of())));
    }
}
