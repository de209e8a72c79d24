package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.agent.engine.Changed;
import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
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
    void theEndOfAnEarlierRunIsNotThatOfTheOneThatWasSeen() {
        var again = new Container.Running("c1", 8, AT.plusSeconds(1), Container.Health.NONE, List.of(), List.of("172.17.0.2"));

        assertThat(Ending.shown(end("c1", 1), again, task(PLAIN))).isEmpty();
    }

    @Test
    void whatATaskHadIsKnownOnceAManagerHasSaidIt() {
        var kept = new Kept(TASK, new ClusterId("cluster"));
        kept.sees(RUNNING, 1);

        assertThat(Ending.shown(end("c1", 1), kept)).as("no manager was heard yet").isEmpty();
        kept.assigned = task(PLAIN);
        assertThat(Ending.shown(end("c1", 1), kept)).as("it is wanted").isPresent();
        kept.forget();
        assertThat(Ending.shown(end("c1", 1), kept)).as("nobody wants it any more").isPresent();
        kept.known = false;
        assertThat(Ending.shown(end("c1", 1), kept)).as("it was not seen").isEmpty();
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
        "{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\",\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"block\"}}}]}}",
        "{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"data\",\"Target\":\"/d\"}]}}",
        "{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[{\"Source\":\"data\",\"Target\":\"/d\",\"VolumeOptions\":{\"NoCopy\":true}}]}}",
        "{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"data\",\"Target\":\"/d\",\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"local\",\"Options\":{\"type\":\"nfs\"}}}}]}}"
    })
    void norIsAnAddressOrAVolumeOfAnotherDriver(String spec) {
        assertThat(Ending.shown(end("c1", 1), RUNNING, task(spec))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"Type\":\"volume\",\"Source\":\"data\",\"Target\":\"/d\",\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"local\"}}}",
        "{\"Type\":\"volume\",\"Target\":\"/d\"}",
        "{\"Type\":\"bind\",\"Source\":\"/srv\",\"Target\":\"/d\"}",
        "{\"Type\":\"tmpfs\",\"Target\":\"/d\"}"
    })
    void whatIsOnTheHostItselfIsNotWaitedFor(String mount) {
        assertThat(Ending.shown(end("c1", 1), RUNNING, task("{\"ContainerSpec\":{\"Image\":\"web\",\"Mounts\":[" + mount + "]}}"))).isPresent();
    }

    @Test
    void whoeverFailsAndHasALimitMayHaveHadNoMemory() {
        var limited = task("{\"ContainerSpec\":{\"Image\":\"web\"},\"Resources\":{\"Limits\":{\"MemoryBytes\":4194304}}}");

        assertThat(Ending.shown(end("c1", 137), RUNNING, limited)).isEmpty();
        assertThat(Ending.shown(end("c1", 1), RUNNING, limited)).as("its child may have been killed").isEmpty();
        assertThat(Ending.shown(end("c1", 0), RUNNING, limited)).isPresent();
    }

    @Test
    void theEnginesOwnNetworksHaveNoAddressesOfOurs() {
        assertThat(Ending.shown(end("c1", 1), RUNNING, task("{\"ContainerSpec\":{\"Image\":\"web\"},\"Networks\":[{\"Target\":\"host\"}]}"))).isPresent();
    }
}
