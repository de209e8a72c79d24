package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.generic;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.GenericResources;
import io.cardume.api.NodeId;
import io.cardume.manager.link.Assignments;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenericResourcesTest {
    @Test
    void theyAreTakenUntilNoneIsLeft() {
        var scene = cluster().nodes(2).having("n1", "gpu=5").service("train", 3, generic("gpu", 2));
        assertThat(scene.where("train")).containsExactly("-", "n1", "n1");
        assertThat(scene.newest("train", slot(3)).status().err()).contains("insufficient resources on 2 nodes");
        assertThat(Obstacles.to(scene.newest("train", slot(3)), scene.state(), scene.now()).toString())
                .contains("n1=insufficient resources: a task reserves 2 of gpu, 1 of 5 are free", "n2=insufficient resources: a task reserves 2 of gpu, 0 of 0 are free");
        assertThat(variables(scene, "train", 1)).containsExactly("DOCKER_RESOURCE_GPU=2");
        scene.having("n2", "gpu=2");
        assertThat(scene.where("train")).containsExactly("n1", "n1", "n2");
    }

    @Test
    void thingsWithNamesAreGivenToOneTaskEach() {
        var scene = cluster().nodes(1).having("n1", "gpu=a", "gpu=b", "gpu=c").service("train", 3, generic("gpu", 1));
        assertThat(scene.live("train")).flatExtracting(task -> variables(scene, "train", task.slot()))
                .containsExactlyInAnyOrder("DOCKER_RESOURCE_GPU=a", "DOCKER_RESOURCE_GPU=b", "DOCKER_RESOURCE_GPU=c");
        scene.settled();
        var held = variables(scene, "train", 2);
        scene.failed("train", slot(2), 1).settled();
        assertThat(variables(scene, "train", 2)).as("its successor gets what is free again").isEqualTo(held);
        scene.scaled("train", 0).settled().service("pair", 1, generic("gpu", 2));
        assertThat(variables(scene, "pair", 1)).containsExactly("DOCKER_RESOURCE_GPU=a,b");
    }

    @Test
    void theContainerSeesWhatItWasGiven() {
        var scene = cluster().nodes(1).having("n1", "gpu=a").service("train", 1, generic("gpu", 1));
        assertThat(Assignments.of(scene.state(), new NodeId("n1")).tasks().values())
                .singleElement().satisfies(task -> assertThat(task.spec().containerSpec().env()).containsExactly("DOCKER_RESOURCE_GPU=a"));
    }

    @Test
    void whatUsersWriteIsReadAsTheEngineReadsIt() {
        assertThat(GenericResources.counts(GenericResources.parse(List.of("SSD=3", "gpu=a", "gpu=b"))).toString()).isEqualTo("{SSD=3, gpu=2}");
        for (var wrong : List.of(List.of("gpu"), List.of("=1"), List.of("gpu="), List.of("gpu=0"), List.of("gpu=1", "gpu=2"),
                List.of("gpu=a", "gpu=a"), List.of("gpu=1", "gpu=a"), List.of("gpu=a", "gpu=1")))
            assertThatThrownBy(() -> GenericResources.parse(wrong)).as("%s", wrong).hasMessageContaining("is not allowed");
    }

    private static List<String> variables(Scene scene, String service, int slot) {
        return GenericResources.variables(scene.newest(service, slot).assigned());
    }
}
