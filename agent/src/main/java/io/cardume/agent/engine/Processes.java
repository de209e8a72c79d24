package io.cardume.agent.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Processes of containers, as this host's kernel shows them. */
final class Processes {
    private Processes() {}

    /**
     * A process of a container with all that came from it. The container is asked for too, by its control group: the number
     * alone might be another process' by now.
     *
     * @param container the engine's id
     * @param pid as the engine says it, whose pid namespace may lie below this agent's
     */
    static List<ProcessHandle> of(String container, long pid) {
        if (container.isEmpty()) return List.of();
        return ProcessHandle.allProcesses().filter(process -> isIt(process.pid(), container, pid))
                .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process))).toList();
    }

    private static boolean isIt(long process, String container, long pid) {
        var proc = Path.of("/proc", Long.toString(process));
        try {
            if (!Files.readString(proc.resolve("cgroup")).contains(container)) return false;
            // Its numbers from this namespace down to the container's own.
            Optional<String> numbers = Files.readAllLines(proc.resolve("status")).stream().filter(line -> line.startsWith("NSpid:")).findFirst();
            if (numbers.isEmpty()) return process == pid;
            var levels = numbers.get().substring("NSpid:".length()).strip().split("\\s+");
            return Arrays.stream(levels).limit(Math.max(1, levels.length - 1)).anyMatch(Long.toString(pid)::equals);
        } catch (IOException e) {
            return false;
        }
    }
}
