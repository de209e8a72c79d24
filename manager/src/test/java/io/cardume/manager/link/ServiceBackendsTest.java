package io.cardume.manager.link;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.image;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.HttpLabels;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.link.BalancedService;
import io.cardume.manager.plan.Scene;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServiceBackendsTest {
    private static final NodeId NODE = new NodeId("n1");

    private static PortConfig port(int published, int target) {
        return new PortConfig(Optional.empty(), "tcp", target, published, "ingress");
    }

    private static BalancedService service(Scene scene) {
        var all = NodeTables.of(Tables.of(scene.state()), NODE).wholeBalancing().services();
        return all.stream().filter(service -> service.id().equals(scene.found("web").id())).findFirst().orElseThrow();
    }

    /** Where the one task answers what comes to each port, as {@code 8080/tcp:80}; without the target where it does not. */
    private static List<String> targets(Scene scene) {
        var service = service(scene);
        assertThat(service.backends()).hasSize(1);
        var only = service.backends().getFirst();
        return service.ports().stream().map(port -> port.key() + ":" + only.target(port).map(Object::toString).orElse("")).toList();
    }

    /** Ports and template are asked for at once, and nothing has been replaced yet. */
    private static Scene changed(Scene scene, PortConfig... ports) {
        return scene.updated("web", image("web:" + scene.state().version())).publishing("web", List.of(ports));
    }

    private static Scene publishing(PortConfig... ports) {
        return cluster().nodes(1).ingress("10.0.0.0/24").service("web", 1, List.of(ports)).settled();
    }

    @Test
    void aTaskThatAnUpdateHasNotReplacedAnswersWhereItDid() {
        var scene = publishing(port(8080, 80));
        changed(scene, port(8080, 81));
        assertThat(targets(scene)).containsExactly("8080/tcp:80");
        assertThat(targets(scene.rested())).containsExactly("8080/tcp:81");
    }

    @Test
    void aTaskIsNotLedToByAPortThatItsRevisionDoesNotHave() {
        var scene = publishing(port(0, 80));
        assertThat(targets(scene)).containsExactly("30000/tcp:80");
        changed(scene, port(0, 81), port(30_000, 82));
        assertThat(targets(scene)).containsExactly("30001/tcp:", "30000/tcp:80");
        assertThat(targets(scene.rested())).containsExactly("30001/tcp:81", "30000/tcp:82");
    }

    @Test
    void aTaskThatKnowsTheTargetAnswersThereWhateverTheNumber() {
        var scene = publishing(port(8080, 80));
        changed(scene, port(9090, 80), port(0, 80), port(9091, 81));
        assertThat(targets(scene)).containsExactly("9090/tcp:80", "30000/tcp:80", "9091/tcp:");
    }

    @Test
    void whatWasAskedOfATaskWithoutReplacingItIsWhatItAnswers() {
        var scene = publishing(port(8080, 80));
        scene.publishing("web", List.of(port(8080, 81), port(9090, 90))).settled();
        assertThat(targets(scene)).containsExactly("8080/tcp:81", "9090/tcp:90");
        changed(scene, port(8080, 82), port(9090, 91));
        assertThat(targets(scene)).containsExactly("8080/tcp:81", "9090/tcp:90");
    }

    @Test
    void aTaskThatIsNotReachedByHttpYetIsNotAsked() {
        var scene = publishing(port(8080, 80));
        scene.updated("web", image("web:2")).labelled("web", Map.of(HttpLabels.PORT, "8000"));
        assertThat(service(scene).backends().getFirst().httpTarget(8000)).isEmpty();
        scene.labelled("web", Map.of(HttpLabels.PORT, "80"));
        assertThat(service(scene).backends().getFirst().httpTarget(80)).contains(80);
        scene.labelled("web", Map.of(HttpLabels.PORT, "8000")).rested();
        assertThat(service(scene).backends().getFirst().httpTarget(8000)).contains(8000);
    }
}
