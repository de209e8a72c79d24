package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import io.cardume.e2e.Evidence.Way;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The shop of four tiers, deployed by every CLI and by its file: started in order, healed tier by tier, gone without a rest. */
@ExtendWith(OnFleet.class)
@Order(60)
class StackIT {

    private static final Path SHOP = Fleet.root().resolve("examples/shop.yaml");
    private static final Map<String, Integer> TIERS = new TreeMap<>(Map.of("db", 1, "api", 2, "web", 2, "proxy", 1));
    private static final List<String> IN_ORDER = List.of("db", "api", "web", "proxy");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private static final String ONE = """
            version: "3.8"
            services:
              one:
                image: cardume/web:1
                env_file: one.env
                environment: {B: "2"}
                labels: {inside: "yes"}
                healthcheck: {test: [CMD, test, -e, /www/page], interval: 500ms}
                configs:
                  - {source: page, target: /www/page, mode: 0440}
                secrets:
                  - {source: key, target: key}
                deploy:
                  labels: {outside: "yes"}
                  resources: {limits: {memory: 64M}}
            configs:
              page: {file: ./page}
            secrets:
              key: {file: ./key}
            """;

    private final Cluster cluster;

    StackIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @AfterEach
    void takeAway() {
        cluster.cli().run("stack", "rm", "shop");
        cluster.awaitNoTasks();
    }

    @Test
    void everyCliDeploysTheShopAndTakesItAway() {
        for (Cli cli : cluster.clis()) {
            cli.run(Map.of("SHOP_IMAGE", "cardume/web:1"),
                    "stack", "deploy", "--resolve-image", "never", "-c", SHOP.toString(), "shop").ok();
            awaitShop();
            startedInOrder();
            answers("it was deployed by the " + cli);
            assertThat(cli.run("stack", "ls", "--format", "{{.Name}} {{.Services}}").ok().line()).isEqualTo("shop 4");
            assertThat(cli.run("stack", "services", "--format", "{{.Name}} {{.Replicas}}", "shop").ok().lines())
                    .containsExactlyInAnyOrder("shop_db 1/1", "shop_api 2/2", "shop_web 2/2", "shop_proxy 1/1");
            assertThat(cli.run("stack", "ps", "--format", "{{.Name}} {{.CurrentState}}", "shop").ok().lines())
                    .hasSize(6).allMatch(line -> line.matches("shop_(db|api|web|proxy)\\.\\d Running .*"));
            // The same again, by the other roads too, changes nothing.
            Map<String, List<String>> before = containers();
            assertThat(apply("").path("Changed").asBoolean()).isFalse();
            for (Cli other : cluster.clis()) other.run(Map.of("SHOP_IMAGE", "cardume/web:1"),
                    "stack", "deploy", "--resolve-image", "never", "-c", SHOP.toString(), "shop").ok();
            assertThat(containers()).isEqualTo(before);
            goes(cli);
        }
    }

    @Test
    void theFileItselfIsAppliedAndEachTierIsHealedAlone() {
        assertThat(apply("&dryRun=true").path("Changed").asBoolean()).isTrue();
        assertThat(cluster.api().get("/services")).isEmpty();
        assertThat(apply("").path("Objects")).hasSize(7);
        awaitShop();
        startedInOrder();
        answers("it was applied");
        assertThat(apply("").path("Changed").asBoolean()).isFalse();
        for (String tier : IN_ORDER) {
            Map<String, List<String>> before = containers();
            Task victim = cluster.living("shop_" + tier).getFirst();
            cluster.hostOf(victim).killProcess(victim.container());
            // In one look: just after the kill all seems to run, and a moment later the next one is there and does not.
            Await.until(tier + " is healed", SOON, () -> cluster.awaitRunning("shop_" + tier, TIERS.get(tier)),
                    running -> running.stream().noneMatch(task -> task.container().equals(victim.container())));
            Map<String, List<String>> after = containers();
            for (String other : IN_ORDER) {
                if (!other.equals(tier)) {
                    assertThat(after.get(other)).as("%s after %s was killed", other, tier).isEqualTo(before.get(other));
                }
            }
            answers(victim + " of " + tier + " was killed");
        }
        goes(cluster.cli());
    }

    @Test
    void whatAFileHasBesideItselfComesWithTheCliAndWhatItHasInItselfWithApply(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("page"), "page of the cli");
        Files.writeString(directory.resolve("key"), "key of the cli");
        Files.writeString(directory.resolve("one.env"), "FROM_FILE=yes\n");
        Path file = directory.resolve("one.yaml");
        Files.writeString(file, ONE);
        for (Cli cli : cluster.clis()) {
            Ran deployed = cli.run("stack", "deploy", "--resolve-image", "never", "-c", file.toString(), "shop").ok();
            assertThat(deployed.out()).contains("Creating secret shop_key", "Creating config shop_page", "Creating service shop_one");
            Task task = cluster.awaitRunning("shop_one", 1).getFirst();
            assertThat(inside(task)).contains("page of the cli", "key of the cli", "FROM_FILE=yes", "B=2");
            assertThat(cluster.hostOf(task).containers().getFirst().labels().path("inside").asText()).isEqualTo("yes");
            assertThat(cluster.api().get("/services/shop_one").path("Spec").path("Labels").path("outside").asText()).isEqualTo("yes");
            cli.run("stack", "deploy", "--resolve-image", "never", "-c", file.toString(), "shop").ok();
            assertThat(cluster.awaitRunning("shop_one", 1).getFirst().container()).isEqualTo(task.container());
            if (cli.major() >= 28) {
                assertThat(cli.run("stack", "config", "-c", file.toString()).ok().out()).contains("image: cardume/web:1");
            }
            goes(cli);
        }
        cluster.cli().run("secret", "create", "their-key", directory.resolve("key").toString()).ok();
        try {
            String inline = ONE.replace("file: ./page", "content: page of the file").replace("key: {file: ./key}", "key: {external: true, name: their-key}")
                    .replace("env_file: one.env", "hostname: one");
            applied(inline);
            assertThat(inside(cluster.awaitRunning("shop_one", 1).getFirst())).contains("page of the file", "key of the cli");
            String again = inline.replace("of the file", "of another day");
            assertThat(applied(again).toString()).contains("shop_page-2");
            Await.until("the new page is there", SOON, () -> inside(cluster.awaitRunning("shop_one", 1).getFirst()), text -> text.contains("page of another day"));
            goes(cluster.cli());
        } finally {
            cluster.cli().run("stack", "rm", "shop");
            Await.until("the secret goes", SOON, () -> cluster.cli().run("secret", "rm", "their-key").exit() == 0);
        }
    }

    private String inside(Task task) {
        Host host = cluster.hostOf(task);
        return host.exec(Duration.ofSeconds(10), "docker", "-H", "unix://" + host.socket(), "exec", task.container(),
                "sh", "-c", "cat /www/page /run/secrets/key; env").ok().out();
    }

    private JsonNode applied(String file) {
        return cluster.api().call("POST", "/apply?stack=shop&env=SHOP_IMAGE=cardume/web:1", file).json();
    }

    private JsonNode apply(String more) {
        try {
            return cluster.api().call("POST", "/apply?stack=shop&env=SHOP_IMAGE=cardume/web:1" + more, Files.readString(SHOP)).json();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitShop() {
        IN_ORDER.forEach(tier -> cluster.awaitRunning("shop_" + tier, TIERS.get(tier), SOON));
    }

    /** A request to the proxy comes back from all four tiers, each of which found the next by its name. */
    private void answers(String after) {
        Host host = cluster.hostOf(cluster.living("shop_proxy").getFirst());
        HttpRequest question = HttpRequest.newBuilder(URI.create("http://" + host.address() + ":8080/cgi-bin/answer")).build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).build();
        try {
            Await.until("all four tiers answer after " + after, SOON, () -> asked(client, question), "proxy\nweb\napi\ndb\n"::equals,
                    () -> Evidence.of(cluster, ways()));
        } finally {
            client.shutdownNow();
        }
    }

    /** What is answered in time; the client's own limit is over when the first tier has begun to speak. */
    private static String asked(HttpClient client, HttpRequest question) throws InterruptedException, ExecutionException {
        StringBuffer said = new StringBuffer();
        CompletableFuture<?> answer = client.sendAsync(question,
                BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> said.append(new String(bytes, StandardCharsets.US_ASCII)))));
        try {
            answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            return said.toString();
        } catch (TimeoutException e) {
            answer.cancel(true);
            return said + "and no end within " + ANSWER.toSeconds() + " s";
        }
    }

    /** From each task of a tier to the tier behind it. */
    private List<Way> ways() {
        List<Way> all = new ArrayList<>();
        for (int i = IN_ORDER.size() - 1; i > 0; i--) {
            String behind = IN_ORDER.get(i - 1);
            cluster.living("shop_" + IN_ORDER.get(i)).forEach(task -> all.add(new Way(task, behind, 8080)));
        }
        return all;
    }

    /** The first container of a tier started after the last one of the tier behind it. */
    private void startedInOrder() {
        Instant behind = Instant.MIN;
        for (String tier : IN_ORDER) {
            List<Instant> started = new ArrayList<>(cluster.living("shop_" + tier).stream().map(this::startedAt).sorted().toList());
            assertThat(started.getFirst()).as("%s starts after the tier behind it", tier).isAfter(behind);
            behind = started.getLast();
        }
    }

    private Instant startedAt(Task task) {
        return Instant.parse(cluster.hostOf(task).engine().get("/containers/" + task.container() + "/json").path("State").path("StartedAt").asText());
    }

    private Map<String, List<String>> containers() {
        Map<String, List<String>> all = new TreeMap<>();
        for (String tier : IN_ORDER) {
            all.put(tier, cluster.living("shop_" + tier).stream().map(Task::container).sorted().toList());
        }
        return all;
    }

    /** {@code stack rm} leaves neither service nor network nor container. */
    private void goes(Cli cli) {
        cli.run("stack", "rm", "shop").ok();
        assertThat(cli.run("stack", "ls").ok().out()).doesNotContain("shop");
        assertThat(cli.run("network", "ls", "--format", "{{.Name}}").ok().lines()).noneMatch(name -> name.startsWith("shop"));
        assertThat(cli.run("config", "ls", "--format", "{{.Name}}").ok().out() + cli.run("secret", "ls", "--format", "{{.Name}}").ok().out())
                .doesNotContain("shop");
        cluster.awaitNoTasks();
    }
}
