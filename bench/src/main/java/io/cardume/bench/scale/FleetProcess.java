package io.cardume.bench.scale;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** More simulated nodes in a process of their own: one process may have only so many open files. It says what it counts, line by line. */
public final class FleetProcess {
    private static final Duration SAY = Duration.ofMillis(100);

    private volatile long[] counted = new long[4];

    /** Starts one, whose nodes join at once. */
    FleetProcess(Fleet like, int first, int count, int atOnce, Path directory) throws IOException {
        var course = like.course();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(List.of(java, "-XX:+UseCompactObjectHeaders", "-Xss256k", "-cp", System.getProperty("java.class.path"),
                FleetProcess.class.getName(), Integer.toString(first), Integer.toString(count), Integer.toString(atOnce), Long.toString(course.startMillis()),
                Long.toString(course.stopMillis()), Integer.toString(course.atOnce()), Integer.toString(like.port()), like.token(), directory.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread.ofPlatform().daemon().name("fleet-process").start(() -> listen(process));
    }

    private void listen(Process process) {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                var words = line.split(" ");
                counted = new long[] {Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])};
            }
        } catch (IOException e) {
            System.err.println("a process with nodes has ended: " + e);
        }
    }

    long connected() {
        return counted[0];
    }

    long placed() {
        return counted[1];
    }

    long started() {
        return counted[2];
    }

    long stopped() {
        return counted[3];
    }

    /** The nodes' own process; ends when nobody reads what it says. */
    public static void main(String[] words) throws Exception {
        var course = new Fleet.Course(Long.parseLong(words[3]), Long.parseLong(words[4]), Integer.parseInt(words[5]));
        var fleet = new Fleet(Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]), course, Integer.parseInt(words[6]), words[7], Path.of(words[8]));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                fleet.start();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        while (!System.out.checkError()) {
            System.out.println(fleet.connectedNow() + " " + fleet.placedEver() + " " + fleet.startedEver() + " " + fleet.stoppedEver());
            Thread.sleep(SAY);
        }
        Runtime.getRuntime().halt(0);
    }
}
