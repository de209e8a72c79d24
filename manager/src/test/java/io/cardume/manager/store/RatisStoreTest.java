package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.manager.cluster.ClusterState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatisStoreTest {
    @TempDir
    Path directory;

    private Keyring keys;

    @AfterEach
    void closeKeys() {
        if (keys != null) keys.close();
    }

    private RatisStore open() throws StoreException {
        if (keys == null) keys = Keyring.open(directory, directory.resolve("log"));
        return RatisStore.open(directory.resolve("log"), keys, why -> {
            throw new AssertionError(why);
        });
    }

    @Test
    void whatWasAppendedIsThereAgain() throws Exception {
        var expected = ClusterState.empty();
        for (int round = 0; round < 3; round++) {
            try (var store = open()) {
                assertThat(store.recovered()).isEqualTo(expected);
                for (int i = 0; i < 5; i++) {
                    long version = expected.version() + 1;
                    var next = version == 1 ? States.first() : States.task(version);
                    store.append(next);
                    expected = expected.with(next);
                }
            }
        }
        try (var store = open()) {
            assertThat(store.recovered()).isEqualTo(expected);
        }
    }

    @Test
    void transactionOfManyThousandTasksIsStored() throws Exception {
        var many = States.tasks(2, 5_000);
        try (var store = open()) {
            store.append(States.first());
            store.append(many);
        }
        try (var store = open()) {
            assertThat(store.recovered().tasks()).hasSize(5_000);
        }
    }

    @Test
    void snapshotIsWrittenWhileMoreIsStoredAndIsWholeWhenTheManagerIsKilled() throws Exception {
        var killed = Files.createDirectory(directory.resolve("killed"));
        long version = 1;
        try (var store = open()) {
            store.append(States.first());
            var log = directory.resolve("log");
            while (files(log, "snapshot\\.\\d+_\\d+").isEmpty()) {
                assertThat(version).as("entries without a snapshot").isLessThan(20_000);
                store.append(States.task(++version));
            }
            copy(log, killed.resolve("log"));
            for (Path keyFile : files(directory, "keys.*")) Files.copy(keyFile, killed.resolve(keyFile.getFileName()));
        }
        assertThat(version).isGreaterThan(500);
        var keysOfKilled = Keyring.open(killed, killed.resolve("log"));
        try (var store = RatisStore.open(killed.resolve("log"), keysOfKilled, why -> {
            throw new AssertionError(why);
        })) {
            assertThat(store.recovered().version()).isEqualTo(version);
            assertThat(store.recovered().tasks()).hasSize((int) version - 1);
        }
    }

    @Test
    void entriesLargerThanASegmentAreReadAgainAfterTheManagerIsKilled() throws Exception {
        var killed = Files.createDirectory(directory.resolve("killed"));
        long version = 1;
        var expected = ClusterState.empty().with(States.first());
        try (var store = open()) {
            store.append(States.first());
            for (int megabytes : List.of(0, 3, 0, 0, 2, 4, 0)) {
                var next = States.text(++version, megabytes << 20);
                store.append(next);
                expected = expected.with(next);
            }
            copy(directory.resolve("log"), killed.resolve("log"));
            for (Path keyFile : files(directory, "keys.*")) Files.copy(keyFile, killed.resolve(keyFile.getFileName()));
        }
        assertThat(files(killed, "log_\\d+-\\d+")).as("closed segments").hasSizeGreaterThan(1);
        var keysOfKilled = Keyring.open(killed, killed.resolve("log"));
        try (var store = RatisStore.open(killed.resolve("log"), keysOfKilled, why -> {
            throw new AssertionError(why);
        })) {
            assertThat(store.recovered()).isEqualTo(expected);
        }
    }

    private static List<Path> files(Path under, String name) throws IOException {
        try (var found = Files.find(under, 5, (file, _) -> file.getFileName().toString().matches(name))) {
            return found.toList();
        }
    }

    /** As of one moment: what the log's own threads put away or rename meanwhile is copied again. */
    static void copy(Path from, Path to) throws IOException {
        for (var before = names(from); ; before = names(from)) {
            try {
                for (Path file : before)
                    if (!file.getFileName().toString().endsWith("lock")) Files.copy(file, to.resolve(from.relativize(file)));
                if (names(from).equals(before)) return;
            } catch (NoSuchFileException e) {
                // it was put away
            }
            for (Path copied : names(to).reversed()) Files.delete(copied);
        }
    }

    private static List<Path> names(Path under) throws IOException {
        while (true)
            try (var all = Files.walk(under)) {
                return all.sorted().toList();
            } catch (NoSuchFileException e) {
                if (!Files.exists(under)) return List.of();
            } catch (UncheckedIOException e) {
                // one was put away meanwhile
            }
    }

    @Test
    void versionOutOfTurnIsRefused() throws Exception {
        try (var store = open()) {
            assertThatThrownBy(() -> store.append(States.task(2))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void secondManagerOnADirectoryIsRefused() throws Exception {
        try (var _ = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("another manager uses " + directory.resolve("log"));
        }
    }

    @Test
    void whatWasAcknowledgedSurvivesSigkillAtAnyInstant() throws Exception {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        long acknowledged = 0;
        for (int round = 0; round < 10; round++) {
            var said = appendUntilKilled(random.nextInt(1, 200));
            assertThat(said.recovered()).as("seed %d, round %d", seed, round).isBetween(acknowledged, acknowledged + 1);
            acknowledged = said.acknowledged();
        }
        try (var store = open()) {
            assertThat(store.recovered().version()).as("seed %d", seed).isBetween(acknowledged, acknowledged + 1);
            assertThat(store.recovered().tasks()).hasSize((int) store.recovered().version() - 1);
        }
    }

    private record Said(long recovered, long acknowledged) {}

    /** What a child said until it was killed, {@code after} acknowledgements from its start. */
    private Said appendUntilKilled(int after) throws IOException, InterruptedException {
        var command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
                Appender.class.getName(), directory.toString());
        var child = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        long recovered = -1;
        var acknowledged = new ArrayList<Long>();
        try (var lines = new BufferedReader(new InputStreamReader(child.getInputStream()))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("recovered ")) recovered = Long.parseLong(line.substring(10));
                if (line.startsWith("acknowledged ")) acknowledged.add(Long.parseLong(line.substring(13)));
                // Through the handle, for the process itself would close the stream and lose what was said last.
                if (acknowledged.size() == after) child.toHandle().destroyForcibly();
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(after);
        return new Said(recovered, acknowledged.getLast());
    }

    /** A process that appends until it is killed, and prints what was acknowledged. */
    static final class Appender {
        public static void main(String[] arguments) throws Exception {
            var directory = Path.of(arguments[0]);
            var keys = Keyring.open(directory, directory.resolve("log"));
            var store = RatisStore.open(directory.resolve("log"), keys, why -> Runtime.getRuntime().halt(3));
            System.out.println("recovered " + store.recovered().version());
            for (long version = store.recovered().version() + 1; ; version++) {
                if (version % 7 == 0) keys.rotateData();
                store.append(version == 1 ? States.first() : States.task(version));
                System.out.println("acknowledged " + version);
            }
        }
    }
}
