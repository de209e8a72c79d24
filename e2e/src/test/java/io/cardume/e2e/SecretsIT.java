package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Secrets and configs reach the containers that need them, follow their newest version, and are nowhere else. */
@ExtendWith(OnFleet.class)
@Order(50)
class SecretsIT {

    private static final String PLANTED = "hunter2-kept-by-none";
    /** The password of a registry login that services carry along. */
    private static final String LOGIN = "open-sesame-4712";
    /** What an agent logs of its connections. */
    private static final String ENDED = "the connection to manager .* ended";
    private static final String BEGUN = "has let the agent into cluster";
    private static final int LARGEST_CONFIG = 1_023_999;
    private static final Duration SOON = Duration.ofSeconds(90);

    @TempDir
    Path files;

    private final Cluster cluster;
    private final Cli cli;

    SecretsIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @AfterEach
    void leaveNothing() {
        cluster.reset();
        for (String kind : List.of("secret", "config")) {
            cli.run(kind, "ls", "-q").ok().lines().forEach(id -> cli.run(kind, "rm", id).ok());
        }
    }

    @Test
    void everyCliMakesListsShowsAndRemovesThem() throws IOException {
        for (Cli one : cluster.clis()) {
            for (String kind : List.of("secret", "config")) {
                String id = one.run(kind, "create", "--label", "a=b", "x", file("x", "bytes")).ok().line();
                assertThat(one.run(kind, "create", "x", file("x", "other")).fails().err()).contains(kind + " x already exists");
                assertThat(one.run(kind, "ls", "--filter", "label=a=b", "--format", "{{.ID}} {{.Name}}").ok().line()).isEqualTo(id + " x");
                assertThat(one.run(kind, "inspect", "x").ok().out()).contains("\"a\": \"b\"");
                assertThat(one.run("inspect", "--format", "{{.Spec.Name}}", "--type", "secret", kind.equals("secret") ? "x" : "none").exit())
                        .isEqualTo(kind.equals("secret") ? 0 : 1);
                assertThat(one.run(kind, "rm", "x").ok().line()).isEqualTo("x");
                assertThat(one.run(kind, "ls", "-q").ok().lines()).isEmpty();
            }
        }
    }

    @Test
    void containersHaveTheirFilesAndNobodyElseHas() throws IOException {
        cli.run("secret", "create", "db.password", file("pw", PLANTED)).ok();
        cli.run("config", "create", "--label", "cardume.name=app.conf", "app.conf.v1", file("app.conf", "version one")).ok();
        cli.run("config", "create", "--template-driver", "golang", "banner",
                file("banner", "{{.Service.Name}} on {{.Node.Hostname}}: {{secret \"pw\"}} {{env \"TIER\"}}")).ok();
        cli.run("config", "create", "big", file("big", "x".repeat(LARGEST_CONFIG))).ok();
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "2", "--env", "TIER=front", "--label", "cardume.follow=app.conf",
                "--secret", "source=db.password,target=pw,uid=1000,gid=1001,mode=0400",
                "--config", "source=big,target=/etc/big", "--config", "source=app.conf.v1,target=/etc/app.conf", "--config", "source=banner,target=/etc/banner",
                "cardume/web:1", "sh", "-c", "test \"$(cat /etc/app.conf)\" != bad && exec /bin/web").ok();
        Task task = cluster.awaitRunning("web", 2).getFirst();
        cli.run(Map.of("DOCKER_CONFIG", loggedIn()), "service", "create", "-d", "--with-registry-auth", "--no-resolve-image", "--name", "pulls", "--replicas", "3",
                "--replicas-max-per-node", "1", "cardume/web:1").ok();
        cluster.awaitRunning("pulls", 3);

        assertThat(in(task, "cat", "/run/secrets/pw").out()).isEqualTo(PLANTED);
        assertThat(in(task, "ls", "-ln", "/run/secrets/pw").line()).matches("-r-------- +1 1000 +1001 +.*");
        assertThat(in(task, "cat", "/proc/mounts").out()).containsPattern("(?m)^\\S+ /run/secrets/pw tmpfs ro,");
        assertThat(engine(task).run("exec", task.container(), "touch", "/run/secrets/pw").fails().err()).contains("Read-only");
        assertThat(in(task, "cat", "/etc/app.conf").out()).isEqualTo("version one");
        assertThat(in(task, "ls", "-ln", "/etc/app.conf").line()).startsWith("-r--r--r--");
        assertThat(in(task, "ls", "-ln", "/etc/big").line()).contains(" " + LARGEST_CONFIG + " ");
        assertThat(in(task, "cat", "/etc/banner").out()).isEqualTo("web on " + task.node() + ": " + PLANTED + " front");
        assertThat(cli.run("secret", "rm", "db.password").fails().err()).contains("secret 'db.password' is in use by the following service: web");
        assertThat(cluster.api().get("/secrets/db.password/users").path(0).path("Name").asText()).isEqualTo("web");
        assertPlantedNowhere(task);

        cli.run("config", "create", "--label", "cardume.name=app.conf", "app.conf.v2", file("app.conf", "version two")).ok();
        awaitConfig("version two");
        cli.run("service", "rollback", "-d", "web").ok();
        awaitConfig("version one");
        cli.run("config", "create", "--label", "cardume.name=app.conf", "app.conf.v3", file("app.conf", "bad")).ok();
        Await.until("the update to the bad one is taken back", Cluster.SETTLES,
                () -> cluster.api().get("/services/web").path("UpdateStatus").path("State").asText(), "rollback_completed"::equals);
        awaitConfig("version one");
        cli.run("config", "create", "--label", "cardume.name=app.conf", "app.conf.v4", file("app.conf", "version four")).ok();
        awaitConfig("version four");

        Task kept = cluster.awaitRunning("web", 2).getFirst();
        cluster.killAgent(cluster.hostOf(kept));
        cluster.startAgent(cluster.hostOf(kept));
        cluster.awaitReady();
        assertThat(cluster.awaitRunning("web", 2)).contains(kept);
        cluster.hostOf(kept).killProcess(kept.container());
        Await.until("it is replaced", SOON, () -> cluster.living("web"),
                living -> living.size() == 2 && living.stream().allMatch(Task::runs) && !living.contains(kept));
        for (Task each : cluster.awaitRunning("web", 2)) {
            assertThat(in(each, "cat", "/run/secrets/pw").out()).isEqualTo(PLANTED);
        }

        cli.run("service", "rm", "web", "pulls").ok();
        cli.run("secret", "rm", "db.password").ok();
        cluster.awaitNoTasks();
        for (Host host : cluster.fleet().hosts()) {
            Await.until("no file is left on " + host, SOON, () -> host.exec(SOON, "find", "/run/cardume",
                    host.directory().resolve("agent/configs").toString(), "-type", "f").lines(), List::isEmpty);
        }
        assertForgotten();
    }

    /** What was secret is in no process's heap any more, in no form it had on its way. */
    private void assertForgotten() throws IOException {
        cli.run("config", "rm", "banner").ok();
        connectAnew();
        Path dumps = cluster.fleet().manager().directory();
        Map<String, Long> processes = new LinkedHashMap<>(Map.of("manager", cluster.manager().pid()));
        cluster.fleet().hosts().forEach(host -> processes.put(host.name(), cluster.agent(host).pid()));
        for (Map.Entry<String, Long> process : processes.entrySet()) {
            Path dump = dumps.resolve(process.getKey() + ".hprof");
            // What is being closed still is not for long.
            Await.until("neither is in the heap of " + process.getKey(), Cluster.SETTLES, () -> {
                Files.deleteIfExists(dump);
                Ran.of(Cluster.SETTLES, Map.of(), List.of(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(),
                        process.getValue().toString(), "GC.heap_dump", dump.toString())).ok();
                assertThat(linesWith(dump, "SWMTKN-1-|last-word")).as("lines with what is in every heap").isPositive();
                return Stream.of(PLANTED, LOGIN).filter(planted -> linesWith(dump, forms(planted).stream()
                        .flatMap(form -> Stream.of(form, wide(form))).collect(Collectors.joining("|"))) > 0).toList();
            }, List::isEmpty);
            Files.delete(dump);
        }
    }

    /** What came over a connection stays in its buffers, and in the JDK's ciphers, until more comes or it ends. */
    private void connectAnew() {
        Map<Host, Integer> ended = new LinkedHashMap<>();
        Map<Host, Integer> begun = new LinkedHashMap<>();
        for (Host host : cluster.fleet().hosts()) {
            ended.put(host, logged(host, ENDED));
            begun.put(host, logged(host, BEGUN));
        }
        ended.keySet().forEach(Host::cut);
        ended.forEach((host, before) -> Await.until("the agent of " + host + " gives its connection up", SOON, () -> logged(host, ENDED), now -> now > before));
        ended.keySet().forEach(Host::heal);
        begun.forEach((host, before) -> Await.until("the agent of " + host + " has another", SOON, () -> logged(host, BEGUN), now -> now > before));
        cluster.awaitReady();
    }

    private static int logged(Host host, String pattern) {
        return linesWith(host.directory().resolve("agent.log"), pattern);
    }

    private static int linesWith(Path file, String pattern) {
        return Integer.parseInt(Ran.of(SOON, Map.of("LC_ALL", "C"), List.of("grep", "-caP", pattern, file.toString())).line());
    }

    /** How it looks in an array of characters. */
    private static String wide(String text) {
        return text.chars().mapToObj(one -> "\\x00" + (char) one).collect(Collectors.joining());
    }

    /** Neither in a log, nor in what is shown of anything, nor on any host's disk: only in memory, on the hosts of the tasks. */
    private void assertPlantedNowhere(Task task) {
        List<String> forms = Stream.of(PLANTED, LOGIN).flatMap(planted -> forms(planted).stream()).toList();
        String any = String.join("|", forms);
        List<Ran> shown = List.of(cli.run("secret", "inspect", "db.password"), cli.run("service", "inspect", "web"), cli.run("service", "inspect", "pulls"),
                cli.run("inspect", task.id()), engine(task).run("inspect", task.container()), cli.run("service", "logs", "web"));
        assertThat(shown).allSatisfy(ran -> assertThat(ran.ok().toString()).doesNotContain(forms.toArray(String[]::new)));
        for (Host host : cluster.fleet().hosts()) {
            Ran found = host.exec(SOON, "grep", "-rlE", "-D", "skip", any, host.directory().toString());
            assertThat(found.lines()).as("files of %s with the secret in them", host).isEmpty();
        }
        Path manager = cluster.fleet().manager().directory();
        for (String part : List.of("manager.log", "manager"))
            assertThat(Ran.of(SOON, Map.of(), List.of("grep", "-rlE", any, manager.resolve(part).toString())).lines()).as("of the manager").isEmpty();
    }

    /** As it is, and as it looks in Base64 of something that it is a part of. */
    private static List<String> forms(String text) {
        List<String> forms = new ArrayList<>(List.of(text));
        for (int before = 0; before < 3; before++) {
            byte[] padded = new byte[before + text.length()];
            System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, padded, before, text.length());
            String base64 = Base64.getEncoder().withoutPadding().encodeToString(padded);
            forms.add(base64.substring((before * 8 + 5) / 6, padded.length * 8 / 6));
        }
        return forms;
    }

    /** A directory of the CLI's settings in which somebody is logged in to where images without a registry's name come from. */
    private String loggedIn() throws IOException {
        Path directory = Files.createDirectories(files.resolve("login"));
        String user = Base64.getEncoder().encodeToString(("me:" + LOGIN).getBytes(StandardCharsets.US_ASCII));
        Files.writeString(directory.resolve("config.json"), "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"" + user + "\"}}}");
        return directory.toString();
    }

    private void awaitConfig(String text) {
        Await.until("all tasks have " + text, Cluster.SETTLES, () -> cluster.living("web").stream()
                        .map(each -> each.runs() ? engine(each).run("exec", each.container(), "cat", "/etc/app.conf").out() : each.toString())
                        .collect(Collectors.toSet()),
                seen -> seen.equals(Set.of(text)));
    }

    private Ran in(Task task, String... command) {
        var words = new ArrayList<>(List.of("exec", task.container()));
        words.addAll(List.of(command));
        return engine(task).run(words.toArray(String[]::new)).ok();
    }

    private Cli engine(Task task) {
        return cli.at("unix://" + cluster.hostOf(task).socket());
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(files.resolve(name), content).toString();
    }
}
