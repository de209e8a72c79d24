package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import io.cardume.e2e.Host.Container;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the unmodified docker CLI shows of a cluster is what it shows of a swarm. */
@ExtendWith(OnFleet.class)
@Order(2)
class CommandsIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;

    CommandsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void infoAndVersionSayThatThisIsAManager() {
        for (Cli cli : cluster.clis()) {
            Ran info = cli.run("info").ok();
            assertThat(info.out()).as("%s", info)
                    .contains("Swarm: active", "Is Manager: true", "Managers: 1", "Nodes: 4",
                            "Task History Retention Limit: 5", "Node Address: " + cluster.fleet().manager().address());
            assertThat(cli.run("version", "--format", "{{.Server.APIVersion}} {{.Server.MinAPIVersion}}").ok().line())
                    .isEqualTo("1.44 1.24");
            assertThat(cli.run("version").ok().out()).contains("Server:", "API version:");
        }
    }

    @Test
    void nodeLsShowsEveryHostAndTheManager() {
        for (Cli cli : cluster.clis()) {
            Ran ls = cli.run("node", "ls").ok();
            assertThat(ls.lines()).as("%s", ls).hasSize(5);
            assertThat(ls.lines().getFirst())
                    .containsSubsequence("ID", "HOSTNAME", "STATUS", "AVAILABILITY", "MANAGER STATUS", "ENGINE VERSION");
            for (Host host : cluster.fleet().hosts()) {
                assertThat(ls.lines()).as("%s", ls)
                        .anyMatch(line -> line.matches("[a-z0-9]{25} +" + host.name() + " +Ready +Active +\\d+\\.\\S+ *"));
            }
            assertThat(ls.lines()).as("%s", ls)
                    .anyMatch(line -> line.matches("[a-z0-9]{25} \\* +manager +Ready +Drain +Leader.*"));
        }
    }

    @Test
    void serviceLivesItsLifeInTheForeground() {
        for (Cli cli : cluster.clis()) {
            // The oldest watches tasks that have come for as long as it does unasked, the others for as long as the service says.
            List<String> words = new ArrayList<>(List.of("service", "create", "--name", "web", "--replicas", "3", "cardume/web:1"));
            if (!cli.equals(cluster.clis().getFirst())) words.addAll(2, List.of("--update-monitor", "1s"));
            Ran create = cli.run(words.toArray(String[]::new)).ok();
            assertThat(create.lines().getFirst()).as("%s", create).matches("[a-z0-9]{25}");
            assertThat(create.out()).contains("overall progress: 3 out of 3 tasks", "converged");
            assertThat(cli.run("service", "ls").ok().lines().getLast())
                    .matches("[a-z0-9]{12} +web +replicated +3/3 +cardume/web:1 *");

            Ran scale = cli.run("service", "scale", "web=2").ok();
            assertThat(scale.out()).as("%s", scale).startsWith("web scaled to 2").contains("overall progress: 2 out of 2 tasks");
            List<Task> before = cluster.awaitRunning("web", 2);

            Ran update = cli.run("service", "update", "--image", "cardume/web:2", "--env-add", "A=b", "web").ok();
            assertThat(update.lines().getFirst()).as("%s", update).isEqualTo("web");
            assertThat(update.out()).contains("converged");
            List<Task> after = cluster.awaitRunning("web", 2);
            assertThat(after).extracting(Task::id).doesNotContainAnyElementsOf(before.stream().map(Task::id).toList());
            assertThat(cluster.running("web")).extracting(Container::image).containsOnly("cardume/web:2");

            Ran ps = cli.run("service", "ps", "web").ok();
            assertThat(ps.lines().getFirst()).containsSubsequence("ID", "NAME", "IMAGE", "NODE", "DESIRED STATE", "CURRENT STATE", "ERROR", "PORTS");
            for (int slot = 1; slot <= 2; slot++) {
                String name = "web." + slot;
                assertThat(ps.lines()).as("%s", ps)
                        .anyMatch(line -> line.matches("[a-z0-9]{12} +" + name + " +cardume/web:2 +h\\d +Running +Running .* ago *"))
                        .anyMatch(line -> line.matches("[a-z0-9]{12} +\\\\_ " + name + " +cardume/web:1 +h\\d +Shutdown +Shutdown .* ago *"));
            }
            Ran inspect = cli.run("service", "inspect", "--pretty", "web").ok();
            assertThat(inspect.out()).as("%s", inspect).contains("Name:\t\tweb", "Service Mode:\tReplicated", " Replicas:\t2",
                    " State:\t\tcompleted", " Message:\tupdate completed", " Image:\t\tcardume/web:2", "A=b");

            assertThat(cli.run("service", "rm", "web").ok().line()).isEqualTo("web");
            assertThat(cli.run("service", "ls").ok().lines()).hasSize(1);
            assertThat(cli.run("service", "ps", "web").fails().err()).contains("no such service: web");
            cluster.awaitNoTasks();
        }
    }

    @Test
    void everyOptionOfAServiceReachesItsContainer() {
        cluster.cli().run("service", "create", "-d", "--name", "full", "--replicas", "1",
                "--env", "COLOUR=blue", "--label", "team=a", "--container-label", "part=b", "--hostname", "box",
                "--user", "0:0", "--workdir", "/www", "--mount", "type=tmpfs,target=/scratch,tmpfs-size=1048576",
                "--mount", "type=volume,source=keep,target=/keep", "--mount", "type=bind,source=/etc/docker,target=/conf,readonly",
                "--publish", "mode=host,target=8080,published=18081", "--limit-cpu", "0.5", "--limit-memory", "64m",
                "--limit-pids", "50", "--reserve-memory", "16m", "--constraint", "node.labels.nothing!=1",
                "--replicas-max-per-node", "1", "--restart-condition", "any", "--restart-delay", "1s", "--stop-signal", "SIGINT",
                "--stop-grace-period", "3s", "--log-driver", "json-file", "--log-opt", "max-size=1m", "--init", "--read-only=false",
                "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN", "--ulimit", "nofile=1000:2000",
                "--sysctl", "net.core.somaxconn=512", "--dns", "192.0.2.53", "--dns-search", "example.test",
                "--dns-option", "ndots:2", "--host", "other:192.0.2.7", "--health-cmd", "true", "--health-interval", "1s",
                "--entrypoint", "/bin/sh", "cardume/web:1", "-c", "exec /bin/web").ok();
        Task task = cluster.awaitRunning("full", 1).getFirst();

        JsonNode container = cluster.hostOf(task).engine().get("/containers/" + task.container() + "/json");
        JsonNode config = container.path("Config");
        JsonNode host = container.path("HostConfig");
        assertThat(container.path("Name").asText()).isEqualTo("/full.1." + task.id());
        assertThat(config.path("Env").toString()).contains("COLOUR=blue");
        assertThat(config.path("Labels").path("part").asText()).isEqualTo("b");
        assertThat(config.path("Labels").path("com.docker.swarm.task.id").asText()).isEqualTo(task.id());
        assertThat(config.path("Labels").path("com.docker.swarm.task.name").asText()).isEqualTo("full.1." + task.id());
        assertThat(config.path("Hostname").asText()).isEqualTo("box");
        assertThat(config.path("User").asText()).isEqualTo("0:0");
        assertThat(config.path("WorkingDir").asText()).isEqualTo("/www");
        assertThat(config.path("Entrypoint").toString()).isEqualTo("[\"/bin/sh\"]");
        assertThat(config.path("Cmd").toString()).isEqualTo("[\"-c\",\"exec /bin/web\"]");
        assertThat(config.path("StopSignal").asText()).isEqualTo("SIGINT");
        assertThat(config.path("Healthcheck").path("Interval").asLong()).isEqualTo(1_000_000_000L);
        assertThat(container.path("Mounts").toString()).contains("/keep", "/conf");
        assertThat(host.toString()).contains("/scratch");
        assertThat(host.path("NanoCpus").asLong() + host.path("CpuQuota").asLong() * 10_000).isEqualTo(500_000_000L);
        assertThat(host.path("Memory").asLong()).isEqualTo(64L << 20);
        assertThat(host.path("PidsLimit").asInt()).isEqualTo(50);
        assertThat(host.path("Init").asBoolean()).isTrue();
        assertThat(host.path("CapAdd").toString()).contains("NET_ADMIN");
        assertThat(host.path("CapDrop").toString()).contains("CHOWN");
        assertThat(host.path("Ulimits").toString()).contains("nofile", "1000", "2000");
        assertThat(host.path("Sysctls").path("net.core.somaxconn").asText()).isEqualTo("512");
        assertThat(host.path("Dns").toString()).contains("192.0.2.53");
        assertThat(host.path("DnsSearch").toString()).contains("example.test");
        assertThat(host.path("DnsOptions").toString()).contains("ndots:2");
        assertThat(host.path("ExtraHosts").toString()).contains("other:192.0.2.7");
        assertThat(host.path("LogConfig").toString()).contains("json-file", "max-size");
        assertThat(host.path("PortBindings").toString()).contains("8080/tcp", "18081");
        assertThat(host.path("RestartPolicy").path("Name").asText()).isIn("", "no");

        JsonNode spec = cluster.api().get("/services/full").path("Spec").path("TaskTemplate").path("ContainerSpec");
        assertThat(spec.path("Hosts").toString()).isEqualTo("[\"192.0.2.7 other\"]");
        assertThat(spec.path("Hostname").asText()).isEqualTo("box");
    }

    @Test
    void hostModePortIsServedByEveryHostThatRunsATask() throws Exception {
        Cli cli = cluster.cli();
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "3",
                "--publish", "mode=host,target=8080,published=18080", "cardume/web:1").ok();
        cluster.awaitRunning("web", 3);

        for (Host host : cluster.fleet().hosts()) {
            String container = host.running("web").getFirst().id();
            assertThat(body("http://" + host.address() + ":18080/")).isEqualTo("v1 " + container.substring(0, 12));
        }
        assertThat(cli.run("service", "ps", "--format", "{{.Ports}}", "web").ok().lines())
                .hasSize(3).allMatch(ports -> ports.matches("(\\*:18080->8080/tcp,?)+"));

        cli.run("service", "scale", "-d", "web=4").ok();
        Await.until("the fourth says why it waits", SOON, () -> cli.run("service", "ps", "--no-trunc", "web").ok().out(),
                out -> out.contains("no suitable node (host-mode port already in use on 3 nodes"));
    }

    @Test
    void logsOfAllTasksAreShownAndFollowed(@TempDir Path directory) {
        Cli cli = cluster.cli();
        cli.run("service", "create", "-d", "--name", "talk", "--replicas", "2", "cardume/web:1",
                "/bin/sh", "-c", "i=0; trap 'exit 0' TERM; while true; do i=$((i+1)); echo \"line $i\"; echo \"bad $i\" >&2; sleep 0.2; done").ok();
        List<Task> tasks = cluster.awaitRunning("talk", 2);

        for (Cli each : cluster.clis()) {
            Ran logs = Await.until("both have spoken", SOON, () -> each.run("service", "logs", "talk"),
                    ran -> ran.exit() == 0 && ran.out().contains("talk.1.") && ran.out().contains("talk.2.") && ran.err().contains("bad 1"));
            for (Task task : tasks) {
                assertThat(logs.lines()).as("%s", logs).anyMatch(line -> line.matches(
                        "talk\\." + task.slot() + "\\." + task.id().substring(0, 12) + "@" + task.node() + " +\\| line 1"));
            }
            assertThat(each.run("service", "logs", "--raw", "--tail", "1", "talk").ok().lines()).allMatch(line -> line.matches("line \\d+"));
        }

        Path followed = directory.resolve("followed");
        Process follow = cli.start(followed, "service", "logs", "-f", "--tail", "1", "talk");
        try {
            Await.until("lines keep coming while they are written", SOON, () -> Files.readAllLines(followed).size(), count -> count > 12);
            assertThat(follow.isAlive()).isTrue();
        } finally {
            follow.destroyForcibly();
        }
        assertThat(cli.run("service", "logs", tasks.getFirst().id()).ok().out()).contains("line 1");
    }

    @Test
    void refusalsAreTheDaemonsAnswerAndExitWithOne() {
        for (Cli cli : cluster.clis()) {
            cli.run("service", "create", "-d", "--name", "taken", "--replicas", "0", "cardume/web:1").ok();
            assertThat(cli.run("service", "create", "-d", "--name", "taken", "cardume/web:1").fails().err())
                    .contains("name conflicts with an existing object");
            assertThat(cli.run("service", "create", "-d", "--name", "not_a_dns_name!", "cardume/web:1").fails().err())
                    .contains("Error response from daemon").contains("name");
            assertThat(cli.run("service", "create", "-d", "--name", "small", "--limit-memory", "1m", "cardume/web:1").fails().err())
                    .contains("4");
            assertThat(cli.run("service", "inspect", "nobody").fails().err()).contains("no such service: nobody");
            assertThat(cli.run("service", "rm", "nobody").fails().err()).contains("nobody");
            assertThat(cli.run("service", "scale", "-d", "nobody=2").fails().err()).contains("nobody");
            assertThat(cli.run("node", "inspect", "nobody").fails().err()).contains("nobody");
            cli.run("service", "rm", "taken").ok();
        }
    }

    @Test
    void whatIsNotBuiltIsRefusedByNameAndNothingIsMade() {
        Cli cli = cluster.cli();
        assertThat(cli.run("service", "create", "-d", "--name", "no1", "--publish", "80:8080/sctp", "cardume/web:1").fails().err())
                .contains("sctp");
        assertThat(cli.run("network", "create", "--driver", "overlay", "--opt", "encrypted", "no2").fails().err())
                .containsIgnoringCase("encrypted");
        assertThat(cli.run("service", "create", "-d", "--name", "no3", "--mode", "global-job", "--update-delay", "1s", "cardume/web:1").fails().err())
                .containsIgnoringCase("update");
        assertThat(cli.run("secret", "create", "--driver", "vault", "no4").fails().err()).containsIgnoringCase("driver");
        assertThat(cli.run("service", "create", "-d", "--name", "no5", "--network", "n", "cardume/web:1").fails().err()).contains("n");
        assertThat(cli.run("service", "create", "-d", "--name", "no6", "--label", "cardume.nonsense=1", "cardume/web:1").fails().err())
                .contains("cardume.nonsense");

        assertThat(cluster.api().get("/services")).isEmpty();
    }

    @Test
    void joinTokenIsPrintedAsTheCommandThatUsesIt() throws IOException {
        String token = Files.readString(cluster.tokenFile()).strip();
        assertThat(token).matches("SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}");
        for (Cli cli : cluster.clis()) {
            assertThat(cli.run("swarm", "join-token", "-q", "worker").ok().line()).isEqualTo(token);
            assertThat(cli.run("swarm", "join-token", "worker").ok().out())
                    .contains("To add a worker to this swarm, run the following command:",
                            "docker swarm join --token " + token + " " + cluster.managerAddress());
        }
    }

    @Test
    void agentWithAWrongTokenSaysSoAndExits(@TempDir Path directory) throws IOException {
        Host host = cluster.fleet().host(1);
        Path wrong = Files.writeString(directory.resolve("wrong"), "SWMTKN-1-" + "0".repeat(50) + "-" + "1".repeat(25));
        List<String> command = cluster.agentCommand(host, wrong).stream()
                .map(word -> word.endsWith("/agent") ? directory.resolve("other").toString() : word.equals("h1") ? "stranger" : word).toList();

        Ran ran = host.exec(SOON, command.toArray(String[]::new)).fails();

        assertThat(ran.out() + ran.err()).contains("token").doesNotContain("\tat ");
        assertThat(cluster.nodes()).doesNotContainKey("stranger");
    }

    @Test
    void nodesAreInspectedLabelledAndRemoved() {
        Cli cli = cluster.cli();
        Host host = cluster.fleet().host(3);
        Ran pretty = cli.run("node", "inspect", "--pretty", "h3").ok();
        assertThat(pretty.out()).as("%s", pretty).contains("Hostname:              \th3", "State:\t\t\tReady", "Availability:         \tActive",
                "Address:\t\t" + host.address(), "Operating System:\tlinux", "Engine Version:");
        assertThat(cli.run("node", "inspect", "--format", "{{json .Description.Engine.Labels}}", "h3").ok().line())
                .contains("\"zone\":\"3\"", "\"rack\":\"h3\"");

        assertThat(cli.run("node", "update", "--label-add", "disk=fast", "h3").ok().line()).isEqualTo("h3");
        assertThat(cli.run("node", "inspect", "--format", "{{.Spec.Labels.disk}}", "h3").ok().line()).isEqualTo("fast");
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "2", "--constraint", "node.labels.disk==fast", "cardume/web:1").ok();
        assertThat(cluster.awaitRunning("web", 2)).extracting(Task::node).containsOnly("h3");
        assertThat(cli.run("node", "ps", "h3").ok().lines()).hasSize(3);
        cli.run("service", "rm", "web").ok();

        assertThat(cli.run("node", "rm", "h3").fails().err()).contains("is not down and can't be removed");
        cluster.killAgent(host);
        Await.until("the node is down", SOON, cluster::nodes, nodes -> nodes.get("h3").equals("down"));
        assertThat(cli.run("node", "rm", "h3").ok().line()).isEqualTo("h3");
        assertThat(cluster.nodes()).doesNotContainKey("h3");

        // Its agent is not let in again as the node it was; as a new one it is.
        cluster.startAgent(host);
        Await.until("the agent is told", SOON, () -> cluster.agent(host).logged(), log -> log.contains("was removed from this cluster"));
        assertThat(cluster.nodes()).doesNotContainKey("h3");
        cluster.rejoin(host);
        cluster.awaitReady();
    }

    @Test
    void declaringAServiceTwiceChangesNothingTheSecondTime() {
        String spec = """
                {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}},
                 "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1"}}}""";
        assertThat(cluster.api().call("PUT", "/services/web", spec).status()).isIn(200, 201);
        cluster.awaitRunning("web", 2);
        JsonNode first = cluster.api().get("/services/web");

        assertThat(cluster.api().call("PUT", "/services/web", spec).status()).isEqualTo(200);
        assertThat(cluster.api().get("/services/web")).isEqualTo(first);

        UnixHttp.Answer refused = cluster.api().call("PUT", "/services/web", spec.replace("\"Image\"", "\"Imaeg\""));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains("Imaeg", "Image");
    }

    @Test
    void eventsOfServicesAreStreamed(@TempDir Path directory) {
        Cli cli = cluster.cli();
        Path seen = directory.resolve("events");
        Process events = cli.start(seen, "events", "--filter", "type=service", "--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}");
        try {
            Await.until("the events of a service's life are shown", SOON, () -> {
                cli.run("service", "create", "-d", "--name", "seen", "--replicas", "0", "cardume/web:1").ok();
                cli.run("service", "rm", "seen").ok();
                return Files.readString(seen);
            }, text -> text.contains("service create seen") && text.contains("service remove seen"));
        } finally {
            events.destroyForcibly();
        }
    }

    private static String body(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(url)).timeout(SOON).build(),
                    HttpResponse.BodyHandlers.ofString()).body().strip();
        }
    }
}
