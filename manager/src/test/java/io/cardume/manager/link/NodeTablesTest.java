package io.cardume.manager.link;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeTablesTest {
    private static final NodeId NODE = new NodeId("n1");

    @Test
    void aNodeThatComesBackBuildsNoRemovedNetworkForWhatWasLost() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24");
        scene.service("web", 1, scene.on("a")).settled();
        var network = scene.state().networkNamed("a").orElseThrow().id();
        var before = NodeTables.of(Tables.of(scene.state()), NODE);
        assertThat(before.networks()).containsExactly(network);
        scene.silent("n1").after(Duration.ofSeconds(6));
        assertThat(NodeTables.of(Tables.of(scene.state()), NODE).networks()).containsExactly(network);
        scene.removed("web").networkRemoved("a");
        assertThat(scene.state().networks()).as("addresses of what was lost stay taken").containsKey(network);
        var after = NodeTables.of(Tables.of(scene.state()), NODE);
        assertThat(after.networks()).isEmpty();
        assertThat(after.networksSince(before).removed()).containsExactly(network);
    }
}
