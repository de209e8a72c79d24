package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** One host of the fleet: what can happen to it, and what its engine says by itself. */
public final class Host {

    private final Fleet fleet;
    private final int number;

    Host(Fleet fleet, int number) {
        this.fleet = fleet;
        this.number = number;
    }

    /**
     * A container, as its engine lists it.
     *
     * @param state  the engine's word: created, running, exited …
     * @param labels its labels, as JSON
     */
    public record Container(String id, String name, String image, String state, JsonNode labels) {

        /** Whether this container was made for a service. */
        public boolean ofService() {
            return labels.has("com.docker.swarm.service.id");
        }

        /** The service it was made for, as the label says; empty for a foreign container. */
        public String service() {
            return labels.path("com.docker.swarm.service.name").asText();
        }

        /** Whether the engine says that it runs. */
        public boolean runs() {
            return state.equals("running");
        }

        @Override
        public String toString() {
            return name + " " + state;
        }
    }

    /** A process on the host, started by {@link #run}; the pid is the one that this machine sees. */
    public record Daemon(long pid, Path log) {

        /** Whether it runs. */
        public boolean alive() {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }

        /** SIGKILL, and waits until it is gone. */
        public void kill() {
            ProcessHandle.of(pid).ifPresent(handle -> {
                handle.destroyForcibly();
                Await.until("process " + pid + " is gone", Duration.ofSeconds(60), () -> !alive());
            });
        }

        /** SIGTERM, and waits until it is gone. */
        public void stop() {
            ProcessHandle.of(pid).ifPresent(handle -> {
                handle.destroy();
                Await.until("process " + pid + " ends on SIGTERM", Duration.ofSeconds(60), () -> !alive());
            });
        }

        /** SIGSTOP, as when its machine sleeps, and SIGCONT after some time. */
        public void pause(Duration time) {
            signal("STOP");
            Instant end = Instant.now().plus(time);
            try {
                Await.until("process " + pid + " has been stopped for " + time.toSeconds() + " s", time.plusSeconds(10), () -> Instant.now().isAfter(end));
            } finally {
                signal("CONT");
            }
        }

        private void signal(String name) {
            // Its parent, nsenter, stops itself with it, and would not see its end; it is to go on too.
            long parent = ProcessHandle.of(pid).flatMap(ProcessHandle::parent).map(ProcessHandle::pid).orElse(pid);
            try {
                int code = new ProcessBuilder(name.equals("CONT")
                        ? List.of("kill", "-CONT", Long.toString(pid), Long.toString(parent))
                        : List.of("kill", "-" + name, Long.toString(pid))).inheritIO().start().waitFor();
                if (code != 0) throw new IllegalStateException("kill -" + name + " " + pid + " ended with " + code);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }

        /** The end of what it has logged. */
        public String logged() {
            try {
                List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
                return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The number of the host. */
    public int number() {
        return number;
    }

    /** The host's name, as {@code hostname} says there. */
    public String name() {
        return number == Fleet.MANAGER ? "manager" : "h" + number;
    }

    /** The host's address. */
    public String address() {
        return fleet.address(number);
    }

    /** Where the host's files are kept: its engine's, its agent's, logs. */
    public Path directory() {
        return fleet.directory(number);
    }

    /** The engine's socket. */
    public Path socket() {
        return directory().resolve("docker.sock");
    }

    /** Raw calls to the engine. */
    public UnixHttp engine() {
        return new UnixHttp(socket(), Duration.ofSeconds(60));
    }

    /** All containers of the host, the stopped ones too. */
    public List<Container> containers() {
        return StreamSupport.stream(engine().get("/containers/json?all=1").spliterator(), false)
                .map(json -> new Container(json.path("Id").asText(), json.path("Names").path(0).asText().replaceFirst("^/", ""),
                        json.path("Image").asText(), json.path("State").asText(), json.path("Labels")))
                .toList();
    }

    /** The containers that were made for services. */
    public List<Container> tasks() {
        return containers().stream().filter(Container::ofService).toList();
    }

    /** The containers made for this service. */
    public List<Container> tasks(String service) {
        return tasks().stream().filter(container -> container.service().equals(service)).toList();
    }

    /** The containers of this service that run. */
    public List<Container> running(String service) {
        return tasks(service).stream().filter(Container::runs).toList();
    }

    /** Creates and starts a container that belongs to no service; gives its id. */
    public String foreign(String name, String image) {
        String id = engine().call("POST", "/containers/create?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8),
                "{\"Image\": \"" + image + "\"}").json().path("Id").asText();
        engine().call("POST", "/containers/" + id + "/start", "").json();
        return id;
    }

    /** Removes a container by force, behind everybody's back. */
    public void remove(String container) {
        engine().call("DELETE", "/containers/" + container + "?force=1&v=1", "");
    }

    /** A container's first process, by the pid that this machine sees. */
    public long process(String container) {
        return Long.parseLong(fleet.script("pid", id(), engine().get("/containers/" + container + "/json").path("State").path("Pid").asText()));
    }

    /** The engine's process, by the pid that this machine sees. */
    public long engineProcess() {
        try {
            return Long.parseLong(fleet.script("pid", id(), Files.readString(directory().resolve("dockerd.pid")).strip()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL of a container's first process, behind the engine's back. */
    public void killProcess(String container) {
        int pid = engine().get("/containers/" + container + "/json").path("State").path("Pid").asInt();
        exec(Duration.ofSeconds(60), "kill", "-9", String.valueOf(pid)).ok();
    }

    /** Loses the host as a power cut does: link down, then everything on it is gone at once. */
    public void kill() {
        fleet.script("kill", id());
    }

    /** Brings the host back after {@link #kill}: its disk is as it was; only the engine runs. */
    public void start() {
        fleet.script("start", id());
    }

    /** Cuts the host off from all others. Its socket files can still be reached from this machine. */
    public void cut() {
        fleet.script("cut", id());
    }

    /** Ends what {@link #cut} did. */
    public void heal() {
        fleet.script("heal", id());
    }

    /** SIGKILL of the engine alone; its containers live on. */
    public void killEngine() {
        fleet.script("engine-kill", id());
    }

    /** Starts the engine again and does not wait until it answers. */
    public void launchEngine() {
        fleet.script("engine-launch", id());
    }

    /** Starts the engine again and waits until it answers. */
    public void startEngine() {
        fleet.script("engine-start", id());
    }

    /** Starts a process on the host; its output goes to {@code name.log} in the host's directory. */
    public Daemon run(String name, List<String> command) {
        List<String> arguments = new ArrayList<>(List.of("run", id(), name));
        arguments.addAll(command);
        String pid = fleet.script(arguments.toArray(String[]::new));
        return new Daemon(Long.parseLong(pid), directory().resolve(name + ".log"));
    }

    /** Runs a command on the host, waiting for its end. */
    public Ran exec(Duration limit, String... command) {
        List<String> arguments = new ArrayList<>(List.of("exec", id()));
        arguments.addAll(List.of(command));
        return fleet.script(limit, arguments);
    }

    @Override
    public String toString() {
        return name();
    }

    private String id() {
        return String.valueOf(number);
    }
}
