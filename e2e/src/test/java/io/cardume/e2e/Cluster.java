package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Host.Container;
import io.cardume.e2e.Host.Daemon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Cardume on a fleet: a manager on the manager's host, an agent on every other, started by the real commands. */
public final class Cluster {

    private static final Duration STARTS = Duration.ofSeconds(90);
    /** How long a service may take to come to rest on a busy machine. */
    public static final Duration SETTLES = Duration.ofSeconds(120);

    private final Fleet fleet;
    private final Map<Integer, Daemon> agents = new TreeMap<>();
    private Optional<Daemon> manager = Optional.empty();

    /** The cluster on this fleet; nothing of it runs yet. */
    public Cluster(Fleet fleet) {
        this.fleet = fleet;
    }

    /**
     * A task, as the API lists it.
     *
     * @param node    the name of its node; empty while it has none
     * @param state   its observed state
     * @param desired its desired state
     * @param error   the status' error, empty for none
     */
    public record Task(String id, int slot, String node, String state, String desired, String error, String container) {

        static Task of(JsonNode json, Map<String, String> nodes) {
            JsonNode status = json.path("Status");
            return new Task(json.path("ID").asText(), json.path("Slot").asInt(),
                    nodes.getOrDefault(json.path("NodeID").asText(), json.path("NodeID").asText()),
                    status.path("State").asText(), json.path("DesiredState").asText(), status.path("Err").asText(),
                    status.path("ContainerStatus").path("ContainerID").asText());
        }

        /** What no other task that runs shares with it: its slot, or its node where it has none. */
        String place() {
            return slot > 0 ? Integer.toString(slot) : node;
        }

        /** Whether it runs and is meant to. */
        public boolean runs() {
            return state.equals("running") && desired.equals("running");
        }

        @Override
        public String toString() {
            return "slot " + slot + " on " + node + " " + state + "/" + desired + (error.isEmpty() ? "" : " (" + error + ")");
        }
    }

    /** The fleet underneath. */
    public Fleet fleet() {
        return fleet;
    }

    /** Starts the manager and an agent on every host, and waits until all nodes are ready. */
    public void start() {
        startManager();
        fleet.hosts().forEach(this::startAgent);
        awaitReady();
    }

    /** Starts the manager and waits until its API answers. */
    public void startManager() {
        launchManager();
        Await.until("the manager answers", STARTS, () -> {
            if (!manager.map(Daemon::alive).orElse(false)) {
                throw new AssertionError("the manager has ended:\n" + managerLog());
            }
            return api().call("GET", "/_ping", "").status();
        }, status -> status == 200);
    }

    /** Starts the manager and does not wait for anything. */
    public void launchManager() {
        Host host = fleet.manager();
        manager = Optional.of(host.run("manager", List.of(command(), "manager", "--api", "unix://" + apiSocket(),
                "--api", "tls://" + host.address() + ":2476", "--cluster-addr", host.address() + ":2477",
                "--data-dir", managerData().toString())));
    }

    /** SIGKILL of the manager. */
    public void killManager() {
        manager.ifPresent(Daemon::kill);
    }

    /** The manager's process. */
    public Daemon manager() {
        return manager.orElseThrow();
    }

    /** The end of what the manager logged. */
    public String managerLog() {
        return manager.map(Daemon::logged).orElse("it was never started");
    }

    /** Starts this host's agent, with the label {@code zone} set to the host's number. */
    public void startAgent(Host host) {
        agents.put(host.number(), host.run("agent", agentCommand(host, tokenFile())));
    }

    /** The command that starts this host's agent with this token. */
    public List<String> agentCommand(Host host, Path tokenFile) {
        return List.of(command(), "agent", "--manager", managerAddress(), "--token-file", tokenFile.toString(),
                "--docker-host", "unix://" + host.socket(), "--data-dir", host.directory().resolve("agent").toString(),
                "--name", host.name(), "--label", "zone=" + host.number());
    }

    /** SIGKILL of this host's agent. */
    public void killAgent(Host host) {
        agent(host).kill();
    }

    /** This host's agent's process. */
    public Daemon agent(Host host) {
        return agents.get(host.number());
    }

    /** Brings a killed host back, with its agent. */
    public void startHost(Host host) {
        host.start();
        startAgent(host);
    }

    /** Ends this host's agent, forgets who it was, and starts it with the token of now: a new node. */
    public void rejoin(Host host) {
        killAgent(host);
        delete(host.directory().resolve("agent"));
        startAgent(host);
    }

    /** Puts everything right that a test may have left: processes, links, services, containers, availabilities. */
    public void reset() {
        if (!manager.map(Daemon::alive).orElse(false)) {
            startManager();
        }
        for (Host host : fleet.hosts()) {
            host.heal();
            if (!host.socket().toFile().exists() || !engineAnswers(host)) {
                host.start();
            }
            if (!agents.containsKey(host.number()) || !agent(host).alive()) {
                startAgent(host);
            }
        }
        for (JsonNode service : api().get("/services")) {
            api().call("DELETE", "/services/" + service.path("ID").asText(), "").json();
        }
        for (JsonNode node : api().get("/nodes")) {
            if (node.path("Spec").path("Role").asText().equals("worker")
                    && !node.path("Spec").path("Availability").asText().equals("active")) {
                cli().run("node", "update", "--availability", "active", node.path("ID").asText()).ok();
            }
        }
        awaitReady();
        awaitNoTasks();
        for (Host host : fleet.hosts()) {
            host.containers().forEach(container -> host.remove(container.id()));
        }
    }

    /** Waits until every host's node is ready. */
    public void awaitReady() {
        Await.until("all nodes are ready", STARTS, this::nodes, nodes -> fleet.hosts().stream()
                .allMatch(host -> nodes.getOrDefault(host.name(), "unknown").equals("ready")));
    }

    /** Waits until no engine has a container of a service any more. */
    public void awaitNoTasks() {
        Await.until("no container of a service is left", SETTLES,
                () -> fleet.hosts().stream().flatMap(host -> host.tasks().stream()).toList(), List::isEmpty);
    }

    /**
     * Waits until exactly this many tasks of a service run, each in a slot of its own or on a node of its own, and the engines run just
     * their containers.
     */
    public List<Task> awaitRunning(String service, int replicas) {
        return awaitRunning(service, replicas, SETTLES);
    }

    /** The same with another limit. */
    public List<Task> awaitRunning(String service, int replicas, Duration limit) {
        record Seen(List<Task> living, List<Container> containers) { }
        return Await.until(replicas + " tasks of " + service + " run, and their containers", limit,
                () -> new Seen(living(service), running(service)),
                seen -> seen.living().size() == replicas && seen.living().stream().allMatch(Task::runs)
                        && seen.living().stream().map(Task::place).distinct().count() == replicas
                        && seen.containers().stream().map(Container::id).sorted().toList()
                                .equals(seen.living().stream().map(Task::container).sorted().toList())).living();
    }

    /** The containers of a service that run, on whatever host. */
    public List<Container> running(String service) {
        return fleet.hosts().stream().flatMap(host -> host.running(service).stream()).toList();
    }

    /** All tasks of a service that the manager remembers, newest of each slot first as the API gives them. */
    public List<Task> tasks(String service) {
        Map<String, String> names = new TreeMap<>();
        for (JsonNode node : api().get("/nodes")) {
            names.put(node.path("ID").asText(), node.path("Description").path("Hostname").asText());
        }
        String id = api().get("/services/" + service).path("ID").asText();
        return stream(api().get("/tasks")).filter(task -> task.path("ServiceID").asText().equals(id))
                .map(task -> Task.of(task, names)).toList();
    }

    /** The tasks of a service that are meant to run. */
    public List<Task> living(String service) {
        return tasks(service).stream().filter(task -> List.of("running", "ready").contains(task.desired())).toList();
    }

    /** The state of every node, by its host's name. */
    public Map<String, String> nodes() {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode node : api().get("/nodes")) {
            states.put(node.path("Description").path("Hostname").asText(), node.path("Status").path("State").asText());
        }
        return states;
    }

    /** The host on which this task is. */
    public Host hostOf(Task task) {
        return fleet.hosts().stream().filter(host -> host.name().equals(task.node())).findFirst().orElseThrow();
    }

    /** Raw calls to the manager's API. */
    public UnixHttp api() {
        return new UnixHttp(apiSocket(), Duration.ofSeconds(60));
    }

    /** The newest docker CLI of this machine, talking to the manager. */
    public Cli cli() {
        return clis().getLast();
    }

    /** Every docker CLI of this machine: the oldest on the unix socket, the others over TLS as an admin. */
    public List<Cli> clis() {
        List<Cli> all = Cli.all("unix://" + apiSocket());
        Path admin = admin();
        return Stream.concat(all.stream().limit(1), all.stream().skip(1).map(cli -> cli.at(apiAddress(), admin))).toList();
    }

    /** The newest docker CLI on the unix socket, where nobody needs to be a user. */
    public Cli localCli() {
        return Cli.all("unix://" + apiSocket()).getLast();
    }

    /** Where the API is reached over TLS, for DOCKER_HOST. */
    public String apiAddress() {
        return "tcp://" + fleet.manager().address() + ":2476";
    }

    /** What an admin proves itself with, for DOCKER_CERT_PATH; made when it is first needed, and again in another cluster. */
    public Path admin() {
        Path directory = fleet.manager().directory().resolve("admin");
        if (!Files.exists(directory.resolve("cert.pem")) || !isUser("e2e")) {
            user("add", "e2e", "--role", "admin", "--out", directory.toString()).ok();
        } else if (!isOfPresentRoot(directory.resolve("ca.pem"))) {
            user("rotate", "e2e", "--out", directory.toString()).ok();
        }
        return directory;
    }

    private boolean isOfPresentRoot(Path root) {
        try {
            return Files.readString(root).contains(api().get("/swarm").path("TLSInfo").path("TrustRoot").asText().strip());
        } catch (UncheckedIOException e) {
            // The manager is away; what it comes back with is seen at the next call.
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs {@code cardume user} on the manager's socket. */
    public Ran user(String... arguments) {
        return Ran.of(STARTS, Map.of(), Stream.concat(Stream.of(command(), "user", "--api", "unix://" + apiSocket()), Stream.of(arguments)).toList());
    }

    private boolean isUser(String name) {
        try {
            return api().call("GET", "/users/" + name, "").status() == 200;
        } catch (UncheckedIOException e) {
            // The manager is away; when it is back its users are too.
            return true;
        }
    }

    /** Every docker CLI of this machine, as on the manager's host: all on the unix socket. */
    public List<Cli> clisOnHost() {
        return Cli.all("unix://" + apiSocket());
    }

    /** Where agents dial. */
    public String managerAddress() {
        return fleet.manager().address() + ":2477";
    }

    /** The file in which the manager leaves the token for agents of its own machine. */
    public Path tokenFile() {
        return managerData().resolve("join-token");
    }

    /** The elements of a list. */
    public static Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private Path managerData() {
        return fleet.manager().directory().resolve("manager");
    }

    private Path apiSocket() {
        return fleet.manager().directory().resolve("api.sock");
    }

    static String command() {
        return Fleet.root().resolve("bin/cardume").toString();
    }

    private static boolean engineAnswers(Host host) {
        try {
            return host.engine().call("GET", "/_ping", "").status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
