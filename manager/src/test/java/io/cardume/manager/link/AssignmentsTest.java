package io.cardume.manager.link;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import io.cardume.api.link.AssignedTask;
import io.cardume.manager.plan.Scene;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AssignmentsTest {
    @Test
    void placeholdersAreFilledInForTheTaskAndItsNode() {
        var scene = cluster().nodes(2).service("web", 2, template -> template.with(template.containerSpec().with(
                List.of("WHERE={{.Node.Hostname}}/{{.Node.Platform.Architecture}}"), Optional.of("{{.Service.Name}}-{{.Task.Slot}}"), List.of())));

        var first = scene.newest("web", 1);
        var task = task(scene, first.node().orElseThrow(), 1);
        assertThat(task.spec().containerSpec().hostname()).contains("web-1");
        assertThat(task.spec().containerSpec().env()).containsExactly("WHERE=" + first.node().orElseThrow() + "/x86_64");
        assertThat(scene.found("web").current().template().containerSpec().hostname()).contains("{{.Service.Name}}-{{.Task.Slot}}");
    }

    @Test
    void whatHasNoPlaceholdersIsTheServicesOwnTemplate() {
        var scene = cluster().nodes(1).service("web", 1);

        assertThat(task(scene, new NodeId("n1"), 1).spec()).isSameAs(scene.found("web").current().template());
    }

    @Test
    void whatOnlySomeTasksChangeIsTheSameAsAllPutTogetherAnew() {
        var scene = cluster().nodes(1).service("web", 3).service("db", 2);
        var node = new NodeId("n1");
        var told = Assignments.of(scene.state(), node);
        var before = scene.state();
        scene.scaled("web", 4);
        var touched = new TreeSet<>(before.tasks().keySet());
        touched.addAll(scene.state().tasks().keySet());
        touched.removeIf(id -> before.task(id).equals(scene.state().task(id)));

        assertThat(touched).isNotEmpty().hasSizeLessThan(scene.state().tasks().size());
        assertThat(told.after(scene.state(), node, touched).tasks()).isEqualTo(Assignments.of(scene.state(), node).tasks()).isNotEqualTo(told.tasks());
    }

    private static AssignedTask task(Scene scene, NodeId node, int slot) {
        return Assignments.of(scene.state(), node).tasks().values().stream()
                .filter(task -> task.slot().equals(Integer.toString(slot))).findFirst().orElseThrow();
    }
}
