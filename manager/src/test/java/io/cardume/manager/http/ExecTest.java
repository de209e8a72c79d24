package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.link.Errand;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands over a connection that is taken over, byte by byte as clients see it. */
class ExecTest {
    @TempDir
    private Path directory;

    private ServedCluster cluster;

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void inputAndOutputsShareTheConnection() throws IOException {
        var exec = exec("{\"Cmd\":[\"cat\"],\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":true}");
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.getOutputStream().write((start(exec, "1.44", "Connection: Upgrade\r\nUpgrade: tcp\r\n") + "at once").getBytes(StandardCharsets.UTF_8));
            var in = new DataInputStream(socket.getInputStream());

            assertThat(head(in)).startsWith("HTTP/1.1 101 UPGRADED\r\n")
                    .contains("Upgrade: tcp\r\n", "Content-Type: application/vnd.docker.multiplexed-stream\r\n", "Api-Version: 1.44\r\n");
            assertThat(frame(in)).isEqualTo("1:at once");
            socket.getOutputStream().write("later".getBytes(StandardCharsets.UTF_8));
            assertThat(frame(in)).isEqualTo("1:later");
            socket.shutdownOutput();
            assertThat(frame(in)).isEqualTo("2:end");
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(cluster.get("/exec/" + exec + "/json").json().path("ExitCode").asInt()).isEqualTo(7);
        assertThat(cluster.get("/exec/" + exec + "/json").json().path("Running").asBoolean()).isFalse();
    }

    @Test
    void unixSocketsAreTakenOverToo() throws IOException {
        var path = directory.resolve("api.sock");
        var exec = exec("{\"Cmd\":[\"sh\"],\"AttachStdin\":true,\"AttachStdout\":true,\"Tty\":true}", new ApiAddress.Unix(path));
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            Channels.newOutputStream(channel).write(start(exec, "1.41", "").replace("Host: localhost", "Host: ").getBytes(StandardCharsets.UTF_8));
            var in = new DataInputStream(Channels.newInputStream(channel));

            assertThat(head(in)).startsWith("HTTP/1.1 200 OK\r\n").contains("Content-Type: application/vnd.docker.raw-stream\r\n").doesNotContain("Upgrade");
            Channels.newOutputStream(channel).write("ls\r".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(in.readNBytes(3), StandardCharsets.UTF_8)).isEqualTo("ls\r");
        }
    }

    @Test
    void commandEndsWithItsClient() throws Exception {
        var exec = exec("{\"Cmd\":[\"sh\"],\"AttachStdin\":true,\"AttachStdout\":true,\"Tty\":true}");
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.getOutputStream().write(start(exec, "1.44", "Connection: Upgrade\r\nUpgrade: tcp\r\n").getBytes(StandardCharsets.UTF_8));
            head(new DataInputStream(socket.getInputStream()));
        }

        assertThat(cluster.agents.closed.await(60, TimeUnit.SECONDS)).as("the agent is told").isTrue();
    }

    @Test
    void lostAgentIsSaidAndIsNoSuccess() throws IOException {
        var exec = exec("{\"Cmd\":[\"cat\"],\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":true}");
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.getOutputStream().write(start(exec, "1.44", "Connection: Upgrade\r\nUpgrade: tcp\r\n").getBytes(StandardCharsets.UTF_8));
            var in = new DataInputStream(socket.getInputStream());
            head(in);

            cluster.agents.lost();

            assertThat(frame(in)).isEqualTo("2:the connection to the agent was lost\n");
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(cluster.get("/exec/" + exec + "/json").json().path("ExitCode").asInt()).isEqualTo(125);
    }

    @Test
    void onlyKnownTasksOfTheNodeAreListed() {
        cluster = served();
        var task = cluster.state().tasks().firstEntry().getValue();
        var own = "{\"Id\":\"a\",\"Created\":5,\"Names\":[\"/web.1." + task.id() + "\"],\"Labels\":{\"cardume.task\":\"" + task.id() + "\"}}";
        var copy = own.replace("web.1", "other").replace("." + task.id() + "\"]", "\"]");
        cluster.agents.listed = "[" + own + "," + copy + ",{\"Id\":\"f\",\"Names\":[\"/foreign\"],\"Labels\":{}}]";

        var all = cluster.get("/containers/json?all=1&filters=" + ServedCluster.query("{\"name\":{\"web\":true}}")).json();

        assertThat(all).hasSize(1);
        assertThat(all.get(0).path("Id").asText()).isEqualTo("a");
        assertThat(cluster.agents.errands).contains(new Errand.Listing("{\"name\":[\"web\"]}", true, false));
    }

    @Test
    void hostsThatDoNotAnswerAreAnsweredForFromTheState() {
        cluster = served();
        cluster.agents.away = true;

        var all = cluster.get("/containers/json").json();
        var inspected = cluster.get("/containers/" + all.get(0).path("Names").get(0).asText().substring(1) + "/json");

        assertThat(all).hasSize(1);
        assertThat(all.get(0).path("Status").asText()).isEqualTo("last known running, node worker does not answer");
        assertThat(inspected.status()).isEqualTo(503);
        assertThat(inspected.message()).contains("is not connected");
    }

    @Test
    void whatIsLostWithItsHostIsRememberedAsATaskAndListedAsNoContainer() {
        cluster = served();
        cluster.agents.away = true;
        var task = cluster.state().tasks().firstEntry().getValue();
        cluster.done(draft -> {
            draft.put(task.orphaned(draft.now(), "its node is away"));
            return null;
        });

        assertThat(cluster.get("/containers/json?all=1").json()).isEmpty();
        assertThat(cluster.get("/tasks/" + task.id()).json().path("Status").path("State").asText()).isEqualTo("orphaned");
    }

    @Test
    void whatATasksContainerIsNotDoneToIsRefusedWithWhatToDo() {
        cluster = served();
        var name = Lookup.fullName(cluster.state(), cluster.state().tasks().firstEntry().getValue());

        assertThat(cluster.post("/containers/" + name + "/stop", "").message()).contains("docker stop", "docker service scale");
        assertThat(cluster.delete("/containers/" + name).message()).contains("docker service rm");
        assertThat(cluster.get("/containers/" + name + "/archive?path=/").message()).contains("docker cp", "tar");
        assertThat(cluster.post("/containers/foreign/stop", "").status()).isEqualTo(404);
    }

    private ServedCluster served(ApiAddress... more) {
        var served = new ServedCluster(more);
        served.post("/services/create", ServedCluster.service("web", 1));
        served.agentsAct();
        return served;
    }

    private String exec(String body, ApiAddress... more) {
        cluster = served(more);
        var name = Lookup.fullName(cluster.state(), cluster.state().tasks().firstEntry().getValue());
        return cluster.post("/containers/" + name + "/exec", body).json().path("Id").asText();
    }

    private static String start(String exec, String version, String headers) {
        var body = "{\"Detach\":false,\"Tty\":false}";
        return "POST /v" + version + "/exec/" + exec + "/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String head(DataInputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) head.append((char) in.readUnsignedByte());
        return head.toString();
    }

    private static String frame(DataInputStream in) throws IOException {
        int channel = in.readInt() >>> 24;
        var bytes = in.readNBytes(in.readInt());
        return bytes.length == 0 ? frame(in) : channel + ":" + new String(bytes, StandardCharsets.UTF_8);
    }
}
