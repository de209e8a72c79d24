package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Containers of tasks are looked into through the manager, on whatever host they are. */
@ExtendWith(OnFleet.class)
@Order(80)
class ConsoleIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    @TempDir
    private Path directory;

    ConsoleIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void containersOfEveryHostAreSeenAndEntered() throws Exception {
        cluster.cli().run("service", "create", "-d", "--name", "web", "--replicas", "3", "cardume/web:1").ok();
        List<Task> tasks = cluster.awaitRunning("web", 3);
        cluster.fleet().host(1).foreign("stranger", "cardume/web:1");
        for (Cli cli : cluster.clis()) {
            assertThat(cli.run("ps", "--no-trunc", "--format", "{{.ID}}").ok().lines())
                    .containsExactlyInAnyOrderElementsOf(tasks.stream().map(Task::container).toList());
            assertThat(cli.run("ps", "-a", "--filter", "name=web.1").ok().lines()).as("head and one").hasSize(2);
            assertThat(cli.run("ps", "-q", "--filter", "status=exited").ok().lines()).isEmpty();
            for (Task task : tasks) {
                entered(cli, task);
            }
            Task any = tasks.getFirst();
            String name = cli.run("inspect", "--format", "{{.Name}}", any.container()).ok().line();
            assertThat(name).isEqualTo("/web." + any.slot() + "." + any.id());
            assertThat(cli.run("exec", name.substring(1), "cat", "/version").ok().line()).isEqualTo("v1");
            assertThat(cli.run("top", any.container()).ok().out()).contains("httpd");
            assertThat(cli.run("logs", any.container()).ok().out()).contains("web v1 starts on ");
            assertThat(cli.run("stats", "--no-stream", "--format", "{{.ID}} {{.PIDs}}").ok().lines()).hasSize(3)
                    .allMatch(line -> line.matches("[0-9a-f]{12,64} [1-9][0-9]*"));
            assertThat(cli.run("inspect", "web").ok().out()).as("a service is found behind the containers").contains("\"Replicas\": 3");
            assertThat(cli.run("inspect", "stranger").fails().err()).containsIgnoringCase("no such object");
            assertThat(cli.run("exec", "stranger", "true").fails().err()).contains("No such container: stranger");
            assertThat(cli.run("stop", any.container()).fails().err()).contains("docker stop", "docker service scale");
            assertThat(cli.run("exec", any.container(), "/no/such/thing").exit()).isEqualTo(126);
        }
        goneClientEndsItsCommand(tasks.getFirst());
        lostAgentEndsTheClient(tasks.getLast());
    }

    private void entered(Cli cli, Task task) throws IOException, InterruptedException {
        Ran failing = cli.run("exec", "-e", "WORD=out", "-w", "/www", task.container().substring(0, 20),
                "sh", "-c", "echo $WORD; pwd; echo err >&2; exit 7");
        assertThat(failing.exit()).as("%s", failing).isEqualTo(7);
        assertThat(failing.out()).isEqualTo("out\n/www\n");
        assertThat(failing.err()).startsWith("err");
        String hostname = cli.run("exec", task.container(), "hostname").ok().line();
        assertThat(task.container()).as("it is that very container").startsWith(hostname);
        assertThat(cli.run("exec", "-t", task.container(), "sh", "-c", "test -t 1 && echo a terminal").ok().out()).isEqualTo("a terminal\r\n");
        Path input = directory.resolve("input");
        Files.writeString(input, "a line of input\n".repeat(200_000));
        Ran piped = Ran.of(SOON, cli.environment(), List.of("sh", "-c",
                cli.binary() + " exec -i " + task.container() + " cat < " + input + " | cmp - " + input));
        assertThat(piped.exit()).as("%s", piped).isEqualTo(0);
        typed(cli, task);
    }

    /** At a terminal, by somebody who waits for the prompt. */
    private void typed(Cli cli, Task task) throws IOException, InterruptedException {
        Path shown = directory.resolve("shown");
        var builder = new ProcessBuilder("script", "-qec", cli.binary() + " exec -it " + task.container() + " sh", "/dev/null")
                .redirectErrorStream(true).redirectOutput(shown.toFile());
        builder.environment().putAll(cli.environment());
        Process terminal = builder.start();
        try (Writer keys = terminal.outputWriter()) {
            Await.until("the shell's prompt", SOON, () -> Files.readString(shown), text -> text.contains("# "));
            keys.write("echo $((6*7))\n");
            keys.flush();
            Await.until("what was asked for", SOON, () -> Files.readString(shown), text -> text.contains("42"));
            keys.write("exit 3\n");
            keys.flush();
            assertThat(terminal.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).as("it ends").isTrue();
        } finally {
            terminal.destroyForcibly();
        }
        assertThat(terminal.exitValue()).as(Files.readString(shown)).isEqualTo(3);
    }

    private void goneClientEndsItsCommand(Task task) throws Exception {
        Process client = cluster.cli().start(directory.resolve("gone"), "exec", "-i", task.container(), "sh", "-c", "echo here; exec sleep 4321");
        Await.until("the command runs", SOON, () -> Files.readString(directory.resolve("gone")), said -> said.contains("here"));
        client.destroyForcibly();
        Await.until("the command is ended", SOON, () -> commands(task), commands -> commands.stream().noneMatch(one -> one.contains("4321")));
    }

    private List<String> commands(Task task) {
        List<String> commands = new ArrayList<>();
        for (JsonNode process : cluster.api().get("/containers/" + task.container() + "/top").path("Processes")) {
            commands.add(process.get(process.size() - 1).asText());
        }
        return commands;
    }

    private void lostAgentEndsTheClient(Task task) throws Exception {
        Host host = cluster.hostOf(task);
        Process client = cluster.cli().start(directory.resolve("lost"), "exec", task.container(), "sh", "-c", "echo here; exec sleep 4322");
        Await.until("the command runs", SOON, () -> Files.readString(directory.resolve("lost")), said -> said.contains("here"));
        cluster.killAgent(host);
        assertThat(client.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).as("the client ends").isTrue();
        assertThat(client.exitValue()).as(Files.readString(directory.resolve("lost"))).isEqualTo(125);
        assertThat(directory.resolve("lost")).content().contains("the connection to the agent was lost");
        Ran away = cluster.cli().run("exec", task.container(), "true").fails();
        assertThat(away.err()).contains("is not connected");
        assertThat(cluster.cli().run("ps", "--no-trunc", "--format", "{{.ID}} {{.Status}}").ok().out())
                .contains(task.container() + " last known running, node " + host.name() + " does not answer");
        cluster.startAgent(host);
    }
}
