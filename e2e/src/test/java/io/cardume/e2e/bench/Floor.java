package io.cardume.e2e.bench;

import io.cardume.e2e.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What the engines alone need: the same containers made and started by plain calls, a few at once on each engine. */
final class Floor {
    private static final int AT_ONCE = 4;
    private int made;

    /** A container that belongs to nobody. */
    record Made(Host host, String id) {
    }

    /** Creates and starts so many containers, spread over the hosts; ends when all run. */
    List<Made> start(int count, List<Host> hosts) throws Exception {
        var name = "floor" + ++made;
        var lanes = hosts.stream().map(_ -> Executors.newFixedThreadPool(AT_ONCE)).toList();
        try {
            var all = new ArrayList<Future<Made>>();
            for (int i = 0; i < count; i++) {
                var host = hosts.get(i % hosts.size());
                var own = name + "." + i;
                all.add(lanes.get(i % hosts.size()).submit(() -> new Made(host, host.foreign(own, Ground.IMAGE))));
            }
            return gathered(all);
        } finally {
            lanes.forEach(ExecutorService::shutdown);
        }
    }

    /** Removes containers by force, a few at once on each engine; ends when none is left. */
    void remove(List<Made> containers) throws Exception {
        each(containers, made -> made.host().remove(made.id()));
    }

    /** Stops containers, a few at once on each engine; ends when none runs. */
    void stop(List<Made> containers) throws Exception {
        each(containers, made -> made.host().engine().call("POST", "/containers/" + made.id() + "/stop", ""));
    }

    private static void each(List<Made> containers, Consumer<Made> done) throws Exception {
        var hosts = containers.stream().map(Made::host).distinct().toList();
        var lanes = hosts.stream().map(_ -> Executors.newFixedThreadPool(AT_ONCE)).toList();
        try {
            var all = new ArrayList<Future<Made>>();
            for (Made each : containers)
                all.add(lanes.get(hosts.indexOf(each.host())).submit(() -> {
                    done.accept(each);
                    return each;
                }));
            gathered(all);
        } finally {
            lanes.forEach(ExecutorService::shutdown);
        }
    }

    /** Appends of 256 bytes a second that this disk takes, each synced by itself. */
    double syncedAppendsPerSecond(Path directory) throws IOException {
        var file = Files.createTempFile(directory, "appends", "");
        try (var channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            int times = 500;
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                channel.write(ByteBuffer.allocate(256));
                channel.force(false);
            }
            return times / ((System.nanoTime() - start) / 1e9);
        } finally {
            Files.delete(file);
        }
    }

    private static List<Made> gathered(List<Future<Made>> all) throws Exception {
        var made = new ArrayList<Made>();
        for (Future<Made> each : all) made.add(each.get());
        return made;
    }
}
