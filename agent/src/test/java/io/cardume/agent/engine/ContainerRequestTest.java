package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerSpec;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.link.AssignedTask;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerRequestTest {
    @Test
    void whatATaskDoesNotSayIsLeftToTheImageAndTheEngine() throws Exception {
        JsonNode body = request(EngineContract.task(ContainerSpec.of("image:1")));

        assertThat(body.fieldNames()).toIterable().containsExactlyInAnyOrder("Image", "Labels", "HostConfig");
        assertThat(body.get("HostConfig")).isEqualTo(Json.lenient().readTree("{\"RestartPolicy\":{\"Name\":\"no\"}}"));
    }

    @Test
    void labelsByWhichContainersAreFoundWinOverTheSpecs() {
        AssignedTask task = EngineContract.task(Specs.everything("image:1"), Specs.ports());

        JsonNode labels = request(task).get("Labels");

        assertThat(labels.get("team").asText()).isEqualTo("a");
        assertThat(labels.get("cardume.task").asText()).isEqualTo(task.id().toString());
        assertThat(labels.get("cardume.cluster").asText()).isEqualTo("cluster1");
        assertThat(labels.get("com.docker.swarm.task").asText()).isEmpty();
        assertThat(labels.get("com.docker.swarm.task.name").asText()).isEqualTo("web.1." + task.id());
    }

    @Test
    void hostLinesBecomeOneEntryPerName() {
        JsonNode hosts = request(EngineContract.task(Specs.everything("image:1"), Specs.ports()))
                .at("/HostConfig/ExtraHosts");

        assertThat(hosts).extracting(JsonNode::asText).containsExactly("one:10.1.2.3", "two:10.1.2.3", "six:::1");
    }

    @Test
    void onePortInsideMayHaveSeveralOutside() {
        JsonNode body = request(EngineContract.task(Specs.everything("image:1"), Specs.ports()));

        assertThat(body.get("ExposedPorts").fieldNames()).toIterable().containsExactly("80/tcp", "53/udp");
        assertThat(body.at("/HostConfig/PortBindings").toString())
                .isEqualTo("{\"80/tcp\":[{\"HostPort\":\"8080\"},{\"HostPort\":\"8081\"}],\"53/udp\":[{\"HostPort\":\"\"}]}");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "500,1", "1000,1", "1001,2", "10000,10"})
    void graceIsRoundedUpToWholeSeconds(long millis, long seconds) {
        var task = EngineContract.task(Specs.grace("image:1", Duration.ofMillis(millis)));

        assertThat(request(task).get("StopTimeout").asLong()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource({
        "redis,redis,latest",
        "redis:8,redis,8",
        "host:5000/a/b,host:5000/a/b,latest",
        "host:5000/a/b:c,host:5000/a/b,c",
        "redis@sha256:ab,redis,sha256:ab",
        "host:5000/redis:8@sha256:ab,host:5000/redis,sha256:ab"
    })
    void pullAlwaysNamesOneVersion(String image, String name, String version) {
        assertThat(ImageReference.of(image)).isEqualTo(new ImageReference(name, version));
    }

    @ParameterizedTest
    @CsvSource({"1.41,1.44,1.41", "1.52,1.44,1.44", "1.44,1.44,1.44", "1.9,1.44,1.9", "2.0,1.44,1.44"})
    void olderApiVersionIsSpoken(String engine, String ours, String spoken) {
        assertThat(ApiVersion.older(engine, ours)).isEqualTo(spoken);
    }

    private static JsonNode request(AssignedTask task) {
        return ContainerRequest.of(task, new Networking.Unsaid(), new ClusterId("cluster1"), new NodeId("node1"));
    }
}
