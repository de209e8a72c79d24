package io.cardume.e2e.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.Ran;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What {@code /proc} and others say of this machine and of processes on it. */
final class Machine {
    private static final double TICKS_A_SECOND = 100;
    private static final Duration SOON = Duration.ofSeconds(10);

    private Machine() {
    }

    /** The machine in words. */
    static ObjectNode described() {
        return JsonNodeFactory.instance.objectNode()
                .put("cpu", value("/proc/cpuinfo", "model name"))
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("memory", Math.round(Double.parseDouble(value("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024 / 1024 * 10) / 10.0 + " GiB")
                .put("kernel", System.getProperty("os.version"))
                .put("system", Files.isReadable(Path.of("/etc/os-release")) ? value("/etc/os-release", "PRETTY_NAME").replace("\"", "") : "");
    }

    /** The commit of the tree, and whether it was changed since; empty outside a repository, or without git. */
    static String commit() {
        if (!Files.isExecutable(Path.of("/usr/bin/git"))) return "";
        var root = Fleet.root().toString();
        var commit = Ran.of(SOON, Map.of(), List.of("git", "-C", root, "rev-parse", "--short=10", "HEAD"));
        if (commit.exit() != 0) return "";
        var changed = Ran.of(SOON, Map.of(), List.of("git", "-C", root, "status", "--porcelain", "--untracked-files=no", "--", ":!docs/benchmarks"));
        return commit.line() + (changed.out().isBlank() ? "" : ", changed");
    }

    /** The load averages of 1, 5 and 15 minutes. */
    static String load() {
        return String.join(" ", Arrays.copyOf(lines("/proc/loadavg").getFirst().split(" "), 3));
    }

    /** Ticks of all processors since the machine began: those in which it worked, that were stolen by other machines, and all. */
    record Ticks(double busy, double stolen, double all) {

        static Ticks now() {
            var fields = Arrays.stream(lines("/proc/stat").getFirst().strip().split(" +")).skip(1).limit(8).mapToDouble(Double::parseDouble).toArray();
            double all = Arrays.stream(fields).sum();
            return new Ticks(all - fields[3] - fields[4], fields[7], all);
        }

        /** Percent of the time since then that was stolen. */
        double stolenSince(Ticks then) {
            return Math.round(1000 * (stolen - then.stolen()) / Math.max(1, all - then.all())) / 10.0;
        }

        /** Percent of the time since then in which the processors worked. */
        double busySince(Ticks then) {
            return Math.round(1000 * (busy - then.busy()) / Math.max(1, all - then.all())) / 10.0;
        }
    }

    /** Resident memory of a process, in MB. */
    static double residentMegabytes(long pid) {
        return Double.parseDouble(value("/proc/" + pid + "/status", "VmRSS").replaceAll("\\D", "")) / 1024;
    }

    /** Seconds of processor that a process has taken. */
    static double processorSeconds(long pid) {
        var fields = lines("/proc/" + pid + "/stat").getFirst().replaceFirst(".*\\) ", "").split(" ");
        return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / TICKS_A_SECOND;
    }

    private static String value(String file, String key) {
        return lines(file).stream().filter(line -> line.startsWith(key)).map(line -> line.replaceFirst("^[^:=]*[:=]", "").strip()).findFirst().orElse("unknown");
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
