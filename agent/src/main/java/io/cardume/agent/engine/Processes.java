package io.cardume.agent.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A process of a container with all that came from it, as this host's kernel shows them. What it has begotten is known by
 * its session, even if the parents have ended; a process that has left both session and parents is not found.
 */
final class Processes {
    private static final Path PROC = Path.of("/proc");
    /** The pid namespace that shows all others' processes; the kernel gives it this number. */
    private static final Path EVERYTHING = Path.of("pid:[4026531836]");
    private static final Set<String> ENGINES = Set.of("dockerd", "podman", "containerd");

    /** One process; {@code started} tells it from a later one of the same number. */
    private record Shown(long pid, String state, long parent, long session, String started) {
        boolean isDead() {
            return state.equals("Z") || state.equals("X");
        }
    }

    private final String container;
    private final long root;
    private final Map<Long, String> known = new TreeMap<>();

    private Processes(String container, long root) {
        this.container = container;
        this.root = root;
    }

    /**
     * Those of a process; empty if it is not seen from here, or no more. The container is asked for too, by its control group:
     * the number alone might be another process' by now.
     *
     * @param container the engine's id
     * @param pid as the engine says it, whose pid namespace may lie below this agent's
     */
    static Optional<Processes> of(String container, long pid) {
        return seen(container, pid).map(process -> new Processes(container, process));
    }

    /** The number that a process is seen by from here; otherwise as {@link #of}. */
    static Optional<Long> seen(String container, long pid) {
        if (container.isEmpty() || pid <= 0) return Optional.empty();
        if (isIn(pid, container) && isIt(pid, pid)) return Optional.of(pid);
        return all().keySet().stream().filter(process -> isIn(process, container) && isIt(process, pid)).findFirst();
    }

    /** Why processes of containers cannot be seen from here, if that is so: this agent is in a pid namespace without their engine. */
    static Optional<String> obstacle() {
        try {
            if (Files.readSymbolicLink(PROC.resolve("self/ns/pid")).equals(EVERYTHING)) return Optional.empty();
        } catch (IOException e) {
            return Optional.of("this agent's /proc cannot be read: " + e.getMessage());
        }
        return numbers().stream().anyMatch(process -> ENGINES.contains(read(process, "comm").strip())) ? Optional.empty()
                : Optional.of("the agent is in a pid namespace of its own and sees no process of the engine; in a container it needs --pid host");
    }

    /** Those that live now. */
    List<ProcessHandle> alive() {
        var all = all();
        var alive = all.values().stream()
                .filter(process -> !process.isDead() && belongs(process, all) && isIn(process.pid(), container)).toList();
        alive.forEach(process -> known.put(process.pid(), process.started()));
        return alive.stream().flatMap(process -> ProcessHandle.of(process.pid()).stream()).toList();
    }

    private boolean belongs(Shown process, Map<Long, Shown> all) {
        int generations = all.size();
        for (var one = Optional.of(process); one.isPresent() && generations-- > 0; one = Optional.ofNullable(all.get(one.get().parent()))) {
            var shown = one.get();
            if (shown.pid() == root || shown.session() == root || shown.started().equals(known.get(shown.pid()))) return true;
        }
        return false;
    }

    private static Map<Long, Shown> all() {
        var all = new TreeMap<Long, Shown>();
        numbers().forEach(name -> shown(name).ifPresent(process -> all.put(process.pid(), process)));
        return all;
    }

    private static List<String> numbers() {
        try (Stream<Path> directories = Files.list(PROC)) {
            return directories.map(Path::getFileName).map(Path::toString).filter(name -> name.matches("[0-9]+")).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** A file of a process; "" if it has ended. */
    private static String read(String pid, String file) {
        try {
            return Files.readString(PROC.resolve(pid).resolve(file));
        } catch (IOException e) {
            return "";
        }
    }

    private static Optional<Shown> shown(String pid) {
        var stat = read(pid, "stat");
        if (stat.isEmpty()) return Optional.empty();
        // The second word is the program's name in brackets, whatever it is.
        var words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Optional.of(new Shown(Long.parseLong(pid), words[0], Long.parseLong(words[1]), Long.parseLong(words[3]), words[19]));
    }

    private static boolean isIn(long process, String container) {
        return read(Long.toString(process), "cgroup").contains(container);
    }

    private static boolean isIt(long process, long pid) {
        var status = read(Long.toString(process), "status");
        if (status.isEmpty()) return false;
        // Its numbers from this namespace down to the container's own.
        Optional<String> numbers = status.lines().filter(line -> line.startsWith("NSpid:")).findFirst();
        if (numbers.isEmpty()) return process == pid;
        var levels = numbers.get().substring("NSpid:".length()).strip().split("\\s+");
        return Arrays.stream(levels).limit(Math.max(1, levels.length - 1)).anyMatch(Long.toString(pid)::equals);
    }
}
