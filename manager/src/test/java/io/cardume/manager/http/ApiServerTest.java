package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.ServiceId;
import io.cardume.manager.trust.Vault;
import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Node;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over the wire, with a real client. */
class ApiServerTest {
    /** What the docker CLI, 20.10 and 28 alike, sends for {@code service create --name web alpine:3}. */
    private static final String BARE = """
            {"Name":"web","Labels":{},"TaskTemplate":{"ContainerSpec":{"Image":"alpine:3","Init":false,"DNSConfig":{}},\
            "Resources":{"Limits":{},"Reservations":{}},"Placement":{},"ForceUpdate":0},"Mode":{"Replicated":{}},\
            "EndpointSpec":{"Mode":"vip"}}""";
    /** And with every option this release has. */
    private static final String FULL = """
            {"Name":"full","Labels":{"x":"y"},"TaskTemplate":{"ContainerSpec":{"Image":"alpine:3","Labels":{"c":"d"},\
            "Args":["sleep","100"],"Hostname":"h","Env":["A=b","B="],"Dir":"/w","User":"1000:1000","Groups":["5"],"Init":true,\
            "StopSignal":"SIGINT","TTY":true,"ReadOnly":true,"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t",\
            "ReadOnly":true},{"Type":"volume","Source":"v","Target":"/v"},{"Type":"tmpfs","Target":"/x",\
            "TmpfsOptions":{"SizeBytes":1000000}}],"StopGracePeriod":3000000000,"Healthcheck":{"Test":["CMD-SHELL","true"],\
            "Interval":5000000000},"Hosts":["1.2.3.4 a"],"DNSConfig":{"Nameservers":["1.1.1.1"],"Search":["x.y"],\
            "Options":["ndots:2"]},"Sysctls":{"net.core.somaxconn":"10"},"CapabilityAdd":["CAP_NET_ADMIN"],\
            "CapabilityDrop":["CAP_MKNOD"],"Ulimits":[{"Name":"nofile","Hard":200,"Soft":100}]},"Resources":{"Limits":\
            {"NanoCPUs":500000000,"MemoryBytes":67108864,"Pids":10},"Reservations":{"NanoCPUs":100000000,"MemoryBytes":\
            16777216}},"RestartPolicy":{"Condition":"on-failure","Delay":1000000000,"MaxAttempts":3,"Window":10000000000},\
            "Placement":{"Constraints":["node.role==worker"],"MaxReplicas":2},"LogDriver":{"Name":"json-file","Options":\
            {"max-size":"1m"}},"ForceUpdate":0},"Mode":{"Replicated":{"Replicas":3}},"UpdateConfig":{"Parallelism":1,\
            "FailureAction":"pause","Monitor":5000000000,"MaxFailureRatio":0,"Order":"stop-first"},"EndpointSpec":\
            {"Mode":"vip","Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"host"}]}}""";

    @TempDir
    Path directory;

    private ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/_ping", "/v1.24/info", "/v1.44/services", "/nothing", "/v1.99/info", "/services/none"})
    void everyAnswerSaysWhatServedIt(String path) {
        var answer = cluster.get(path);

        assertThat(answer.header("Api-Version")).isEqualTo("1.44");
        assertThat(answer.header("Ostype")).isEqualTo("linux");
        assertThat(answer.header("Docker-Experimental")).isEqualTo("false");
        assertThat(answer.header("Server")).startsWith("Cardume/");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/v1.23/info|400|client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
        "/v1.45/info|400|client version 1.45 is too new. Maximum supported API version is 1.44",
        "/v2.0/info|400|client version 2.0 is too new. Maximum supported API version is 1.44",
        "/vx/info|404|page not found",
        "/v1.44/nothing|404|page not found",
        "/services/a/b/c|404|page not found",
        "/services/none|404|service none not found",
        "/tasks/none|404|task none not found",
        "/nodes/none|404|node none not found"})
    void aWrongPathIsAnsweredInTheEnginesWords(String path, int status, String message) {
        var answer = cluster.get(path);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text()).isEqualTo("{\"message\":\"" + message + "\"}\n");
    }

    @Test
    void aSpecOfTheCliComesBackAsSentWithWhatSwarmFillsIn() {
        for (String sent : List.of(BARE, FULL)) {
            var id = cluster.post("/v1.41/services/create", sent).json().get("ID").asText();
            var expected = (ObjectNode) ServedCluster.tree(sent);
            ((ObjectNode) expected.get("TaskTemplate")).put("Runtime", "container");
            ((ObjectNode) expected.get("TaskTemplate").get("ContainerSpec")).put("Isolation", "default");
            var replicated = (ObjectNode) expected.get("Mode").get("Replicated");
            if (!replicated.has("Replicas")) replicated.put("Replicas", 1);

            assertThat(cluster.get("/services/" + id).json().get("Spec")).isEqualTo(expected);
        }
    }

    @Test
    void keysComeInAnyCaseAndNullIsAbsent() {
        var answer = cluster.post("/services/create", """
                {"name":"web","labels":null,"swarmSpec":{},"TASKTEMPLATE":{"containerspec":{"IMAGE":"web:1","env":null,
                "Mounts":null,"Init":null},"Networks":null,"resources":null},"Mode":{"Global":null,"replicated":{"REPLICAS":2}},
                "UpdateConfig":null,"Networks":[]}""");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(cluster.get("/services/web").json().at("/Spec/Mode/Replicated/Replicas").asInt()).isEqualTo(2);
    }

    @Test
    void allTasksOfANewServiceAreThereWhenItIsAcknowledged() {
        var id = create("web", 5);

        var tasks = cluster.get("/tasks?filters=" + ServedCluster.query("{\"service\":[\"" + id + "\"],\"_up-to-date\":{\"true\":true}}")).json();
        assertThat(tasks).hasSize(5);
        for (JsonNode task : tasks) {
            assertThat(task.get("NodeID").asText()).isEqualTo(ServedCluster.WORKER.value());
            assertThat(task.get("DesiredState").asText()).isEqualTo("running");
        }
    }

    @Test
    void aServiceIsFoundByIdNameAndTheBeginningOfOneId() {
        var id = create("web", 1);

        for (String name : List.of(id, "web", id.substring(0, 20)))
            assertThat(cluster.get("/services/" + name).json().get("ID").asText()).isEqualTo(id);
    }

    @Test
    void aBeginningOfSeveralIdsIsAmbiguous() {
        cluster.done(draft -> {
            for (String name : List.of("a", "b")) {
                var worker = draft.state().node(ServedCluster.WORKER).orElseThrow();
                draft.put(new Node(new NodeId("twin" + name), 0, draft.now(), draft.now(), "",
                        worker.labels(), worker.role(), worker.availability(), worker.description(), "", true, worker.liveness(), "", Optional.empty()));
            }
            return null;
        });

        assertThat(cluster.get("/nodes/twin").message()).isEqualTo("node twin is ambiguous (2 matches found)");
        assertThat(cluster.get("/nodes/twin").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"name\":{\"we\":true}}|1", "{\"name\":[\"we\"]}|1", "{\"name\":[\"we\",\"ap\"]}|2", "{\"label\":[\"tier=front\"]}|1",
        "{\"label\":[\"tier\",\"none\"]}|0", "{\"mode\":[\"global\"]}|0", "{}|2", "null|2", "{\"name\":null}|2"})
    void filtersComeInBothForms(String filters, int found) {
        cluster.post("/services/create", ServedCluster.service("web", 1).replaceFirst("\\{", "{\"Labels\":{\"tier\":\"front\"},"));
        create("api", 1);

        assertThat(cluster.get("/services?filters=" + ServedCluster.query(filters)).json()).hasSize(found);
    }

    @Test
    void anUnknownFilterIsRefusedWithTheNearestKnownOne() {
        var answer = cluster.get("/services?filters=" + ServedCluster.query("{\"nam\":[\"x\"]}"));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).startsWith("invalid filter 'nam'").endsWith("did you mean name?");
    }

    @Test
    void countsAreThereWhenAskedFor() {
        create("web", 3);
        cluster.agentsAct();

        var status = cluster.get("/services?status=true").json().get(0).get("ServiceStatus");
        assertThat(status).isEqualTo(ServedCluster.tree("{\"RunningTasks\":3,\"DesiredTasks\":3,\"CompletedTasks\":0}"));
        assertThat(cluster.get("/services").json().get(0).has("ServiceStatus")).isFalse();
    }

    @Test
    void anUpdateOfWhatWasChangedMeanwhileIs500OutOfSequence() {
        create("web", 1);
        var version = cluster.get("/services/web").json().at("/Version/Index").asText();
        cluster.post("/services/web/update?version=" + version, ServedCluster.service("web", 2));

        var again = cluster.post("/services/web/update?version=" + version, ServedCluster.service("web", 3));

        assertThat(again.status()).isEqualTo(500);
        assertThat(again.message()).isEqualTo("rpc error: code = Unknown desc = update out of sequence");
    }

    @Test
    void aRollbackSwapsTheSpecs() {
        create("web", 1);
        update("", "web:2");
        update("&rollback=previous", "ignored:1");

        var service = cluster.get("/services/web").json();
        assertThat(service.at("/Spec/TaskTemplate/ContainerSpec/Image").asText()).isEqualTo("web:1");
        assertThat(service.at("/PreviousSpec/TaskTemplate/ContainerSpec/Image").asText()).isEqualTo("web:2");
    }

    private void update(String more, String image) {
        var version = cluster.get("/services/web").json().at("/Version/Index").asText();
        var answer = cluster.post("/services/web/update?version=" + version + more, ServedCluster.service("web", 1).replace("web:1", image));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void declaringTheSameTwiceChangesNothing() {
        assertThat(declare(BARE).get("Outcome").asText()).isEqualTo("created");
        long version = cluster.state().version();

        assertThat(declare(BARE).get("Outcome").asText()).isEqualTo("unchanged");
        assertThat(cluster.state().version()).isEqualTo(version);
        assertThat(declare(BARE.replace("alpine:3", "alpine:4")).get("Outcome").asText()).isEqualTo("updated");
    }

    private JsonNode declare(String body) {
        return cluster.put("/services/web", body).json();
    }

    @Test
    void aDeclarationWithAnUnknownFieldNamesItAndTheNearestKnownOne() {
        var answer = cluster.put("/services/web", "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\",\"Comand\":[\"x\"]}}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).isEqualTo("TaskTemplate.ContainerSpec.Comand: there is no such field; did you mean Command?");
    }

    @Test
    void aDeclarationUnderAnotherNameIsRefused() {
        assertThat(cluster.put("/services/api", BARE).message())
                .isEqualTo("Name: \"web\" is not allowed; it is \"api\" as in the path, or left out");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/EndpointSpec|{\"Ports\":[{\"TargetPort\":80,\"Protocol\":\"sctp\"}]}|EndpointSpec.Ports[0].Protocol sctp",
        "/TaskTemplate/Networks|[{\"Target\":\"host\",\"DriverOpts\":{\"a\":\"b\"}}]|TaskTemplate.Networks[0].DriverOpts",
        "/TaskTemplate/ContainerSpec/Configs|[{\"ConfigName\":\"s\",\"ConfigID\":\"i\",\"Runtime\":{}}]|TaskTemplate.ContainerSpec.Configs",
        "/TaskTemplate/ContainerSpec/Privileges|{\"CredentialSpec\":{\"File\":\"x\"}}|TaskTemplate.ContainerSpec.Privileges.CredentialSpec",
        "/TaskTemplate/Runtime|\"plugin\"|TaskTemplate.Runtime"})
    void whatIsNotBuiltIsRefusedByName(String pointer, String value, String named) {
        var answer = createWith(pointer, value);

        assertThat(answer.status()).as(answer.text()).isEqualTo(501);
        assertThat(answer.message()).contains(named).contains("is not built yet");
        assertThat(cluster.state().services()).isEmpty();
    }

    @Test
    void anEmptyPartOfWhatIsNotBuiltIsAccepted() {
        var answer = createWith("/TaskTemplate/ContainerSpec/Privileges",
                "{\"CredentialSpec\":null,\"SELinuxContext\":null,\"NoNewPrivileges\":false}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/Name|\"\"", "/Name|\"a b\"", "/Name|\"-a\"", "/Name|7", "/Name|\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        "/Labels|[]", "/Labels|{\"a\":1}", "/Labels|{\"cardume.helth\":\"x\"}", "/Labels|{\"cardume.health\":\"ftp://x\"}",
        "/Labels|{\"cardume.health.interval\":\"5s\"}",
        "/Labels|{\"cardume.apart\":\"a b\"}", "/Labels|{\"cardume.apart\":\"a,\"}", "/Labels|{\"cardume.together\":\"self\"}",
        "/Labels|{\"cardume.together\":\"db\",\"cardume.apart\":\"db\"}", "/Labels|{\"cardume.rebalance\":\"on\"}",
        "/TaskTemplate/Placement|{\"Preferences\":[{\"Spread\":{\"SpreadDescriptor\":\"node.id\"}}]}",
        "/TaskTemplate/Placement|{\"Preferences\":[{}]}",
        "/TaskTemplate/Resources|{\"Reservations\":{\"GenericResources\":[{}]}}",
        "/TaskTemplate/Resources|{\"Reservations\":{\"GenericResources\":[{\"NamedResourceSpec\":{\"Kind\":\"gpu\",\"Value\":\"a\"}}]}}",
        "/TaskTemplate/Resources|{\"Reservations\":{\"GenericResources\":[{\"DiscreteResourceSpec\":{\"Kind\":\"gpu\",\"Value\":0}}]}}", "/Mode|{\"Replicated\":{\"Replicas\":-1}}",
        "/Mode|{\"Replicated\":{\"Replicas\":1.5}}", "/Mode|{\"Replicated\":{\"Replicas\":99999999999}}",
        "/Mode|{\"Replicated\":{\"Replicas\":\"3\"}}", "/Mode|\"x\"", "/TaskTemplate/ContainerSpec/Image|\"\"",
        "/TaskTemplate/ContainerSpec/Image|\"UPPER\"", "/TaskTemplate/ContainerSpec/Image|\"a:b:c\"",
        "/TaskTemplate/ContainerSpec/Env|[\"A={{.Node.IP}}\"]", "/TaskTemplate/ContainerSpec/Hostname|\"{{if true}}a{{end}}\"",
        "/TaskTemplate/ContainerSpec/Mounts|[{\"Type\":\"volume\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"a\":\"{{.Task}}\"}}}]",
        "/TaskTemplate/ContainerSpec/Env|[\"=x\"]", "/TaskTemplate/ContainerSpec/Env|\"A=b\"", "/TaskTemplate/ContainerSpec/Env|[1]",
        "/TaskTemplate/ContainerSpec/Env|[\"A=\\u0000\"]", "/TaskTemplate/ContainerSpec/Dir|\"relative\"",
        "/TaskTemplate/ContainerSpec/StopSignal|\"SIGNOPE\"",
        "/TaskTemplate/ContainerSpec/OomScoreAdj|1001", "/TaskTemplate/Resources|{\"SwapBytes\":1}", "/TaskTemplate/Resources|{\"MemorySwappiness\":101}",
        "/TaskTemplate/ContainerSpec/Privileges|{\"Seccomp\":{\"Mode\":\"custom\",\"Profile\":\"eA==\"}}",
        "/TaskTemplate/ContainerSpec/Privileges|{\"Seccomp\":{\"Mode\":\"none\"}}", "/TaskTemplate/ContainerSpec/Privileges|{\"AppArmor\":{\"Mode\":\"on\"}}",
        "/TaskTemplate/ContainerSpec/Privileges|{\"SELinuxContext\":{\"Disable\":true,\"User\":\"u\"}}", "/TaskTemplate/ContainerSpec/StopGracePeriod|-1",
        "/TaskTemplate/ContainerSpec/StopGracePeriod|\"3s\"", "/TaskTemplate/ContainerSpec/Healthcheck|{\"Interval\":5}",
        "/TaskTemplate/ContainerSpec/Healthcheck|{\"Test\":[\"RUN\"]}", "/TaskTemplate/ContainerSpec/Hosts|[\"a\"]",
        "/TaskTemplate/ContainerSpec/Mounts|[{\"Type\":\"bind\",\"Source\":\"x\",\"Target\":\"/x\"}]",
        "/TaskTemplate/ContainerSpec/Mounts|[{\"Type\":\"volume\",\"Target\":\"/x\"},{\"Type\":\"volume\",\"Target\":\"/x\"}]",
        "/TaskTemplate/ContainerSpec/Mounts|[{\"Type\":\"volume\",\"Target\":\"x\"}]",
        "/TaskTemplate/ContainerSpec/Mounts|[{\"Type\":\"nfs\",\"Target\":\"/x\"}]",
        "/TaskTemplate/ContainerSpec/DNSConfig|{\"Nameservers\":[\"example\"]}", "/TaskTemplate/ContainerSpec/CapabilityAdd|[\"FLY\"]",
        "/TaskTemplate/ContainerSpec/Ulimits|[{\"Name\":\"nofile\",\"Soft\":3,\"Hard\":2}]",
        "/TaskTemplate/ContainerSpec/Labels|{\"cardume.task\":\"x\"}", "/TaskTemplate/ContainerSpec/Init|\"yes\"",
        "/TaskTemplate/Resources|{\"Limits\":{\"NanoCPUs\":10}}", "/TaskTemplate/Resources|{\"Limits\":{\"MemoryBytes\":1000}}",
        "/TaskTemplate/Resources|{\"Reservations\":{\"MemoryBytes\":-5}}", "/TaskTemplate/RestartPolicy|{\"Condition\":\"maybe\"}",
        "/TaskTemplate/RestartPolicy|{\"Delay\":-1}", "/TaskTemplate/Placement|{\"Constraints\":[\"node.role=worker\"]}",
        "/TaskTemplate/Placement|{\"Constraints\":[\"node.rol==worker\"]}", "/TaskTemplate/Placement|{\"MaxReplicas\":-1}",
        "/EndpointSpec|{\"Ports\":[{\"TargetPort\":0,\"PublishMode\":\"host\"}]}",
        "/EndpointSpec|{\"Ports\":[{\"TargetPort\":80,\"PublishedPort\":99999,\"PublishMode\":\"host\"}]}",
        "/EndpointSpec|{\"Ports\":[{\"TargetPort\":80,\"PublishedPort\":80,\"PublishMode\":\"host\"},{\"TargetPort\":81,\"PublishedPort\":80,\"PublishMode\":\"host\"}]}",
        "/EndpointSpec|{\"Mode\":\"round\"}", "/UpdateConfig|{\"MaxFailureRatio\":2}", "/UpdateConfig|{\"Order\":\"both\"}"})
    void aWrongValueIsRefusedWithItsField(String pointer, String value) {
        var answer = createWith(pointer, value);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.message()).contains(pointer.substring(1).replace('/', '.')).contains(": ");
        assertThat(cluster.state().services()).isEmpty();
    }

    private ServedCluster.Answer createWith(String pointer, String value) {
        var body = (ObjectNode) ServedCluster.tree(ServedCluster.service("web", 1));
        int slash = pointer.lastIndexOf('/');
        ((ObjectNode) body.at(pointer.substring(0, slash))).set(pointer.substring(slash + 1), ServedCluster.tree(value));
        return cluster.post("/services/create", body.toString());
    }

    @Test
    void aLoginIsKeptSealedWithItsService() {
        assertThat(withLogin("empty", "{}").status()).isEqualTo(201);
        assertThat(cluster.state().logins()).isEmpty();
        var real = withLogin("real", "{\"username\":\"a\",\"password\":\"b\"}");
        assertThat(real.status()).isEqualTo(201);
        var sealed = cluster.state().logins().get(new ServiceId(real.json().path("ID").asText())).sealed();
        assertThat(cluster.state().logins().values()).singleElement().satisfies(login -> assertThat(login.registry()).isEqualTo("docker.io"));
        assertThat(cluster.vault.open(sealed)).contains(Base64.getUrlEncoder().encodeToString("{\"username\":\"a\",\"password\":\"b\"}".getBytes(UTF_8)));
        assertThat(new Vault(("another key" + " ".repeat(21)).getBytes(UTF_8)).open(sealed)).isEmpty();
        assertThat(cluster.get("/services/real").text()).doesNotContain(sealed, "password");
        cluster.delete("/services/real");
        cluster.agentsAct();
        assertThat(cluster.state().logins()).isEmpty();
    }

    private ServedCluster.Answer withLogin(String name, String login) {
        return cluster.send(HttpRequest.newBuilder(cluster.uri("/services/create"))
                .header("X-Registry-Auth", Base64.getUrlEncoder().encodeToString(login.getBytes(UTF_8)))
                .POST(HttpRequest.BodyPublishers.ofString(ServedCluster.service(name, 1))));
    }

    @Test
    void aClusterIsEndedAndAnotherOneFormed() {
        create("web", 2);
        var old = cluster.get("/swarm").json();

        assertThat(cluster.post("/swarm/leave", "").status()).isEqualTo(503);
        assertThat(cluster.post("/swarm/leave?force=1", "").status()).isEqualTo(200);
        assertThat(cluster.get("/info").json().at("/Swarm/LocalNodeState").asText()).isEqualTo("inactive");
        assertThat(cluster.post("/swarm/leave?force=1", "").status()).isEqualTo(503);
        var init = cluster.post("/swarm/init", "{\"ListenAddr\":\"0.0.0.0:2377\",\"Spec\":{\"Labels\":{\"a\":\"b\"}}}");

        assertThat(init.json().asText()).isEqualTo(ServedCluster.MANAGER.value());
        var formed = cluster.get("/swarm").json();
        assertThat(formed.get("ID")).isNotEqualTo(old.get("ID"));
        assertThat(formed.get("JoinTokens")).isNotEqualTo(old.get("JoinTokens"));
        assertThat(formed.at("/Spec/Labels/a").asText()).isEqualTo("b");
        assertThat(cluster.get("/services").json()).isEmpty();
    }

    @Test
    void eventsAreToldAsTheyHappen() throws IOException {
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.setSoTimeout(60_000);
            request(socket, "GET /events?filters=" + ServedCluster.query("{\"type\":[\"service\"]}"));
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertThat(in.readLine()).contains("200");
            while (!in.readLine().isEmpty()) {}

            var id = create("web", 1);

            in.readLine();
            var event = ServedCluster.tree(in.readLine());
            assertThat(event.get("Type").asText()).isEqualTo("service");
            assertThat(event.get("Action").asText()).isEqualTo("create");
            assertThat(event.at("/Actor/ID").asText()).isEqualTo(id);
            assertThat(event.at("/Actor/Attributes/name").asText()).isEqualTo("web");
        }
    }

    @Test
    void pastEventsAreToldAndTheStreamEnds() {
        create("web", 1);
        cluster.delete("/services/web");

        var told = cluster.get("/events?since=1&until=" + (Instant.now().getEpochSecond() + 1) + "&filters="
                + ServedCluster.query("{\"service\":{\"web\":true}}")).text().split("\n");

        assertThat(told).hasSize(2);
        assertThat(ServedCluster.tree(told[1]).get("Action").asText()).isEqualTo("remove");
    }

    @Test
    void logsAreFramedWithTheirDetails() {
        create("web", 1);
        cluster.agentsAct();
        var task = cluster.tasksWanted(DesiredState.RUNNING).getFirst();

        var answer = cluster.get("/services/web/logs?stdout=1&stderr=1&timestamps=1&details=1");

        assertThat(answer.header("Content-Type")).isEqualTo("application/vnd.docker.multiplexed-stream");
        var frames = ByteBuffer.wrap(answer.response().body());
        assertThat(frame(frames, 1)).isEqualTo("2026-01-02T03:04:05.600000000Z com.docker.swarm.node.id=" + ServedCluster.WORKER
                + ",com.docker.swarm.service.id=" + task.service() + ",com.docker.swarm.task.id=" + task.id() + " out\n");
        assertThat(frame(frames, 2)).endsWith(" err\n");
        assertThat(frames.hasRemaining()).isFalse();
        assertThat(cluster.get("/v1.41/services/web/logs?stdout=1").header("Content-Type")).isEqualTo("application/vnd.docker.raw-stream");
    }

    private static String frame(ByteBuffer frames, int stream) {
        assertThat(frames.getInt()).isEqualTo(stream << 24);
        var payload = new byte[frames.getInt()];
        frames.get(payload);
        return new String(payload, UTF_8);
    }

    @Test
    void aFollowedLogEndsWhenItsClientLeaves() throws IOException {
        create("web", 2);
        cluster.agentsAct();
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            request(socket, "GET /services/web/logs?stdout=1&follow=1");
            until("two logs are read", () -> cluster.logReaders.get() == 2);
        }
        until("no log is read any more", () -> cluster.logReaders.get() == 0);
    }

    @Test
    void aFollowedLogOfAServiceTakesUpNewTasks() throws IOException {
        create("web", 1);
        cluster.agentsAct();
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            request(socket, "GET /services/web/logs?stdout=1&follow=1");
            until("one log is read", () -> cluster.logReaders.get() == 1);
            var version = cluster.get("/services/web").json().at("/Version/Index").asText();
            cluster.post("/services/web/update?version=" + version, ServedCluster.service("web", 3));
            cluster.agentsAct();
            until("three logs are read", () -> cluster.logReaders.get() == 3);
        }
    }

    @Test
    void aPendingTaskIsExplainedNodeByNode() {
        cluster.post("/services/create", ServedCluster.service("big", 1).replace("\"Mode\"",
                "\"Labels\":{},\"Mode\"").replace("\"ContainerSpec\"", "\"Resources\":{\"Reservations\":{\"MemoryBytes\":99999999999}},\"ContainerSpec\""));

        var why = cluster.get("/services/big/explain").json();

        assertThat(why.get("Summary").asText()).startsWith("0 of 1 replicas are running; no suitable node (");
        assertThat(why.get("Nodes")).hasSize(2);
        why.get("Nodes").forEach(node -> assertThat(node.get("Against")).as(node.toString()).isNotEmpty());
    }

    @Test
    void aUnixSocketServesTheSameAndAStaleOneIsReplaced() throws IOException {
        var path = directory.resolve("api.sock");
        try (var stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(path));
        }
        cluster.close();
        cluster = new ServedCluster(new ApiAddress.Unix(path));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
        try (var socket = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            socket.write(ByteBuffer.wrap("GET /_ping HTTP/1.0\r\n\r\n".getBytes(UTF_8)));
            var answer = ByteBuffer.allocate(1024);
            while (socket.read(answer) > 0) {}
            assertThat(new String(answer.array(), 0, answer.position(), UTF_8)).startsWith("HTTP/1.1 200").endsWith("OK");
        }
    }

    @Test
    void headAndChunkedRequestsWork() throws IOException, InterruptedException {
        var chunked = cluster.client().send(
                HttpRequest.newBuilder(cluster.uri("/services/create"))
                        .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(BARE.getBytes(UTF_8)))).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(chunked.statusCode()).isEqualTo(201);
        var head = cluster.send(HttpRequest.newBuilder(cluster.uri("/_ping")).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.header("Swarm")).isEqualTo("active/manager");
        assertThat(head.text()).isEmpty();
    }

    private String create(String name, int replicas) {
        var answer = cluster.post("/services/create", ServedCluster.service(name, replicas));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("ID").asText();
    }

    private static void request(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(UTF_8));
        socket.getOutputStream().flush();
    }

    private static void until(String what, BooleanSupplier condition) {
        var deadline = Instant.now().plus(Duration.ofSeconds(60));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(deadline);
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
