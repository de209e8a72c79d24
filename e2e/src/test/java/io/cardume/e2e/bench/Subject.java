package io.cardume.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cli;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Host;
import io.cardume.e2e.UnixHttp;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is measured: an orchestrator on the fleet. All are told what to do by the same docker CLI, on a unix socket, and asked what came of
 * it by the same calls.
 */
abstract class Subject {
    private final String name;

    Subject(String name) {
        this.name = name;
    }

    final String name() {
        return name;
    }

    /** The docker CLI that talks to its manager. */
    abstract Cli cli();

    /** Raw calls to its manager. */
    abstract UnixHttp api();

    /** Begins: a manager, and every host a node; ends when all nodes are ready. */
    abstract void begin();

    /** Brings its part of a host back, whose engine runs again; ends when all nodes are ready. */
    abstract void revive(Host host);

    /** Waits until all nodes are ready. */
    abstract void awaitReady();

    /** SIGKILL of its manager. */
    abstract void killManager();

    /** Starts its manager and waits for nothing. */
    abstract void launchManager();

    /** Starts its manager if it does not run, and waits until it answers. */
    abstract void ensureManager();

    /** The process of its manager. */
    abstract long managerProcess();

    /** The process that is its part of a host. */
    abstract long workerProcess(Host host);

    /** {@code docker service create}, without waiting for tasks. */
    final void create(String service, int replicas, String image, String... options) {
        var words = new ArrayList<>(List.of("service", "create", "-d", "-q", "--no-resolve-image", "--name", service, "--replicas", "" + replicas));
        words.addAll(List.of(options));
        words.add(image);
        run(words);
    }

    /** {@code docker service update}, without waiting for tasks. */
    final void update(String service, String... options) {
        var words = new ArrayList<>(List.of("service", "update", "-d", "-q", "--no-resolve-image"));
        words.addAll(List.of(options));
        words.add(service);
        run(words);
    }

    /** {@code docker service scale}, without waiting for tasks. */
    final void scale(String service, int replicas) {
        run(List.of("service", "scale", "-d", service + "=" + replicas));
    }

    /** {@code docker service rm}. */
    final void remove(String service) {
        run(List.of("service", "rm", service));
    }

    /** {@code docker node update --availability}. */
    final void availability(String node, String word) {
        run(List.of("node", "update", "--availability", word, node));
    }

    private void run(List<String> words) {
        cli().run(words.toArray(String[]::new)).ok();
    }

    /** How many tasks of a service run. */
    final int running(String service) {
        return api().get("/v1.41/services?status=true&filters=" + filter("name", service)).path(0).path("ServiceStatus").path("RunningTasks").asInt();
    }

    /** All tasks of a service that it remembers. */
    final List<JsonNode> tasks(String service) {
        return Cluster.stream(api().get("/v1.41/tasks?filters=" + filter("service", service))).toList();
    }

    /** The names of all services. */
    final List<String> services() {
        return Cluster.stream(api().get("/v1.41/services")).map(each -> each.path("Spec").path("Name").asText()).toList();
    }

    /** The id of a host's node that is ready. */
    final String node(Host host) {
        return Cluster.stream(api().get("/v1.41/nodes"))
                .filter(node -> node.path("Description").path("Hostname").asText().equals(host.name()) && node.path("Status").path("State").asText().equals("ready"))
                .findFirst().orElseThrow().path("ID").asText();
    }

    /** Whether a task runs and is meant to. */
    static boolean runs(JsonNode task) {
        return task.path("DesiredState").asText().equals("running") && task.path("Status").path("State").asText().equals("running");
    }

    /** The image of a task. */
    static String image(JsonNode task) {
        return task.path("Spec").path("ContainerSpec").path("Image").asText();
    }

    /** The container of a task; empty while it has none. */
    static String container(JsonNode task) {
        return task.path("Status").path("ContainerStatus").path("ContainerID").asText();
    }

    /** A filter of the API, as it stands in a path. */
    static String filter(String key, String value) {
        return URLEncoder.encode("{\"" + key + "\":{\"" + value + "\":true}}", StandardCharsets.UTF_8);
    }

    @Override
    public final String toString() {
        return name;
    }
}
