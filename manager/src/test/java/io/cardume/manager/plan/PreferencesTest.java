package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.spread;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.manager.cluster.Node;
import org.junit.jupiter.api.Test;

class PreferencesTest {
    @Test
    void replicasAreEvenOverZonesNotOverNodes() {
        var scene = zoned().service("web", 6, spread("node.labels.zone"));
        // Zone a is n1 and n2, zone b is n3, n4 has no zone: a group of its own.
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n3", "n3", "n4", "n4");
    }

    @Test
    void withoutPreferenceTheyAreEvenOverNodes() {
        assertThat(zoned().service("web", 8).where("web")).containsExactly("n1", "n1", "n2", "n2", "n3", "n3", "n4", "n4");
    }

    @Test
    void whatIsThereAlreadyCounts() {
        var scene = zoned().service("web", 3, spread("node.labels.zone")).scaled("web", 4).scaled("web", 5).scaled("web", 6);
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n3", "n3", "n4", "n4");
    }

    @Test
    void levelsAreFilledFromTheTop() {
        var scene = cluster().nodes(5)
                .labelled("n1", "zone", "a").labelled("n1", "rack", "1")
                .labelled("n2", "zone", "a").labelled("n2", "rack", "2")
                .labelled("n3", "zone", "a").labelled("n3", "rack", "2")
                .labelled("n4", "zone", "b").labelled("n4", "rack", "1")
                .labelled("n5", "zone", "b").labelled("n5", "rack", "1")
                .service("web", 8, spread("node.labels.zone", "node.labels.rack"));
        assertThat(scene.where("web")).containsExactly("n1", "n1", "n2", "n3", "n4", "n4", "n5", "n5");
    }

    @Test
    void aFullBranchLeavesItsShareToTheOthers() {
        var scene = zoned().available("n3", Node.Availability.PAUSE).service("web", 6, spread("node.labels.zone"));
        assertThat(scene.where("web")).filteredOn("n4"::equals).hasSize(3);
        assertThat(scene.where("web")).contains("n1", "n2").doesNotContain("n3");
    }

    @Test
    void aBranchWithRoomForTwoTakesTwo() {
        var scene = zoned().service("big", 6, Scene.both(Scene.cpus(2), spread("node.labels.zone")));
        assertThat(scene.where("big")).containsExactly("n1", "n2", "n3", "n3", "n4", "n4");
        scene.scaled("big", 9);
        assertThat(scene.where("big")).containsExactly("-", "n1", "n1", "n2", "n2", "n3", "n3", "n4", "n4");
    }

    @Test
    void labelsOfTheEngineDoAsWell() {
        var scene = zoned().service("web", 3, spread("engine.labels.none", "Node.Labels.zone"));
        assertThat(scene.where("web")).hasSize(3).doesNotHaveDuplicates().contains("n3", "n4");
    }

    private static Scene zoned() {
        return cluster().nodes(4).labelled("n1", "zone", "a").labelled("n2", "zone", "a").labelled("n3", "zone", "b");
    }
}
