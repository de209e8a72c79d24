package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.task.Container;
import io.cardume.api.ContainerSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.TaskId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DockerEngineIT extends EngineContract {
    private static RealEngine real;
    private static DockerEngine engine;

    @BeforeAll
    static void startEngine() throws Exception {
        real = new RealEngine();
        engine = new DockerEngine(DockerSettings.at(real.host()));
    }

    @AfterAll
    static void stopEngine() {
        engine.close();
        real.close();
    }

    @Override
    protected ContainerEngine engine() {
        return engine;
    }

    @Override
    protected String image() {
        return RealEngine.IMAGE;
    }

    @Override
    protected String unknownImage() {
        return "localhost:1/nothing/here:1";
    }

    @Override
    protected void exits(TaskId task, int code) {
        inside(task, "echo " + code + " >/exit.new && busybox mv /exit.new /exit");
    }

    @Override
    protected void says(TaskId task, String line) {
        inside(task, "echo '" + line + "' >/proc/1/fd/1");
    }

    @Override
    protected void healthy(TaskId task) {
        inside(task, "touch /healthy");
    }

    private static void inside(TaskId task, String command) {
        real.docker("exec", "web.1." + task, "sh", "-c", command);
    }

    @Test
    void hostIsDescribed() throws Exception {
        NodeDescription description = engine.describe();

        assertThat(description.platform().os()).isEqualTo("linux");
        assertThat(description.platform().architecture()).isEqualTo("x86_64");
        assertThat(description.nanoCpus()).isEqualTo(Runtime.getRuntime().availableProcessors() * 1_000_000_000L);
        assertThat(description.memoryBytes()).isPositive();
        assertThat(description.engineVersion()).isNotEmpty();
        assertThat(description.plugins()).contains("Log/json-file", "Network/bridge", "Volume/local");
    }

    @Test
    void failedStartLeavesTheContainerCreated() throws Exception {
        var spec = new ContainerSpec(image(), null, java.util.List.of("/no/such/program"), null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
        var task = made(spec);

        assertThatThrownBy(() -> engine.start(task.id()))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED))
                .hasMessageContaining("no such file or directory");
        assertThat(engine.container(task.id())).isInstanceOf(Container.Created.class);
    }

    @Test
    void engineThatIsNotThereIsUnreachable() {
        try (var nobody = new DockerEngine(DockerSettings.at("unix:///nowhere.sock"))) {
            assertThatThrownBy(nobody::describe)
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.UNREACHABLE))
                    .hasMessageContaining("unix:///nowhere.sock");
        }
    }
}
