package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.agent.engine.Changed;
import io.cardume.agent.task.Container;
import io.cardume.api.DesiredState;
import io.cardume.api.Json;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.AssignedTask;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ends need no look. */
class EndingTest {
    private static final Instant AT = Instant.parse("2026-11-22T07:00:00Z");
    private static final TaskId TASK = new TaskId("a");
    private static final Container RUNNING = running(List.of());
    private static final String PLAIN = "{\"ContainerSpec\":{\"Image\":\"web\"}}";

    private static Container running(List<PortConfig> ports) {
        return new Container.Running("c1", 7, AT.minusSeconds(9), Container.Health.NONE, ports, List.of("172.17.0.2"));
    }

    private static Changed end(String container, int code) {
        return new Changed(TASK, Changed.How.ENDED, Optional.of(new Changed.End(container, code, AT)));
    }

    private static Optional<AssignedTask> task(String spec) {
        try {
            return Optional.of(AssignedTask.of(TASK, new ServiceId("service"), "web", "1", DesiredState.RUNNING,
                    Json.lenient().readValue(spec, TaskSpec.class), List.of(), new TreeMap<>()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theNewsSaysAllOfAPlainOne() {
        var exited = new Container.Exited("c1", 137, false, AT, "");

        assertThat(Ending.shown(end("c1", 137), RUNNING, task(PLAIN))).contains(exited);
        assertThat(Ending.shown(end("c1", 137), RUNNING, Optional.empty())).as("nobody wants it any more").contains(exited);
    }

    @Test
    void anotherContainersEndSaysNothing() {
        assertThat(Ending.shown(end("c0", 1), RUNNING, task(PLAIN))).isEmpty();
        assertThat(Ending.shown(end("c1", 1), new Container.Created("c1"), task(PLAIN))).isEmpty();
        assertThat(Ending.shown(new Changed(TASK, Changed.How.ENDED), RUNNING, task(PLAIN))).isEmpty();
    }

    @Test
    void aPortIsOnlyFreeWhenTheEngineHasClearedUp() {
        var port = new PortConfig(Optional.empty(), "tcp", 80, 8080, "host");

        assertThat(Ending.shown(end("c1", 1), running(List.of(port)), task(PLAIN))).isEmpty();
        assertThat(Ending.shown(end("c1", 1), running(List.of(port)), Optional.empty())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"ContainerSpec\":{\"Image\":\"web\"},\"Networks\":[{\"Target\":\"n1\"}]}",
        "{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\",\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"block\"}}}]}}"
    })
    void norIsAnAddressOrAVolumeOfAnotherDriver(String spec) {
        assertThat(Ending.shown(end("c1", 1), RUNNING, task(spec))).isEmpty();
    }

    @Test
    void whoeverIsKilledAndHasALimitMayHaveHadNoMemory() {
        var limited = task("{\"ContainerSpec\":{\"Image\":\"web\"},\"Resources\":{\"Limits\":{\"MemoryBytes\":4194304}}}");

        assertThat(Ending.shown(end("c1", 137), RUNNING, limited)).isEmpty();
        assertThat(Ending.shown(end("c1", 1), RUNNING, limited)).isPresent();
    }

    @Test
    void theEnginesOwnNetworksHaveNoAddressesOfOurs() {
        assertThat(Ending.shown(end("c1", 1), RUNNING, task("{\"ContainerSpec\":{\"Image\":\"web\"},\"Networks\":[{\"Target\":\"host\"}]}"))).isPresent();
    }
}
