package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ContainerSpec;
import com.github.dockerjava.api.model.ServiceModeConfig;
import com.github.dockerjava.api.model.ServiceReplicatedModeOptions;
import com.github.dockerjava.api.model.ServiceSpec;
import com.github.dockerjava.api.model.Task;
import com.github.dockerjava.api.model.TaskSpec;
import com.github.dockerjava.api.model.TaskState;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Libraries made for Swarm work against the manager as they are. */
@ExtendWith(OnFleet.class)
@Order(7)
class ClientsIT {
    private final Cluster cluster;

    ClientsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void dockerPyCreatesScalesUpdatesAndRemoves() throws URISyntaxException {
        var script = Path.of(ClientsIT.class.getResource("/clients.py").toURI()).toString();
        var admin = cluster.admin();
        // Its HTTP library takes the roots of this variable, if it is set, for better ones than those it is told.
        var environment = Map.of("DOCKER_HOST", cluster.apiAddress(), "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", admin.toString(),
                "REQUESTS_CA_BUNDLE", admin.resolve("ca.pem").toString());
        Ran.of(Duration.ofMinutes(5), environment, List.of("/usr/bin/python3", script)).ok();
    }

    @Test
    void dockerJavaCreatesScalesUpdatesAndRemoves() {
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder().withDockerHost(cluster.apiAddress()).withDockerTlsVerify(true)
                .withDockerCertPath(cluster.admin().toString()).build();
        try (var http = new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).sslConfig(config.getSSLConfig()).build();
                DockerClient client = DockerClientImpl.getInstance(config, http)) {
            client.pingCmd().exec();
            var made = client.createServiceCmd(spec("cardume/web:1", 2)).exec().getId();
            awaitRunning(client, made, 2, "cardume/web:1");

            update(client, made, spec("cardume/web:1", 3));
            awaitRunning(client, made, 3, "cardume/web:1");

            update(client, made, spec("cardume/web:2", 3));
            awaitRunning(client, made, 3, "cardume/web:2");
            assertThat(client.listServicesCmd().withNameFilter(List.of("from-java")).exec()).hasSize(1);

            client.removeServiceCmd(made).exec();
            assertThat(client.listServicesCmd().exec()).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void update(DockerClient client, String service, ServiceSpec spec) {
        long version = client.inspectServiceCmd(service).exec().getVersion().getIndex();
        client.updateServiceCmd(service, spec).withVersion(version).exec();
    }

    private static void awaitRunning(DockerClient client, String service, int count, String image) {
        Await.until(count + " tasks of " + image + " run", Cluster.SETTLES,
                () -> client.listTasksCmd().withServiceFilter(service).withStateFilter(TaskState.RUNNING).exec().stream()
                        .filter(task -> task.getStatus().getState() == TaskState.RUNNING).map(ClientsIT::image).toList(),
                images -> images.size() == count && images.stream().allMatch(image::equals));
    }

    private static String image(Task task) {
        return task.getSpec().getContainerSpec().getImage();
    }

    private static ServiceSpec spec(String image, int replicas) {
        return new ServiceSpec().withName("from-java")
                .withTaskTemplate(new TaskSpec().withContainerSpec(new ContainerSpec().withImage(image)))
                .withMode(new ServiceModeConfig().withReplicated(new ServiceReplicatedModeOptions().withReplicas(replicas)));
    }
}
