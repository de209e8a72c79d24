package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done to the files of a log of twenty transactions, as a process that was killed leaves them. */
class DamagedLogTest {
    private static final int TRANSACTIONS = 20;

    @TempDir
    private static Path made;

    @TempDir
    Path directory;

    private Keyring keys;
    private Path segment;
    private int end;

    @BeforeAll
    static void aManagersLog() throws Exception {
        var running = made.resolve("running");
        try (var keys = Keyring.open(made, running); var store = open(running, keys)) {
            store.append(States.first());
            for (int version = 2; version <= TRANSACTIONS; version++) store.append(States.task(version));
            RatisStoreTest.copy(running, made.resolve("killed"));
        }
    }

    @BeforeEach
    void aKilledManagersLog() throws Exception {
        RatisStoreTest.copy(made.resolve("killed"), directory.resolve("killed"));
        for (var name : List.of("keys", "keys.copy")) Files.copy(made.resolve(name), directory.resolve(name));
        keys = Keyring.open(directory, directory.resolve("killed"));
        segment = Stream.of(directory.resolve("killed"))
                .flatMap(DamagedLogTest::walk)
                .filter(file -> file.getFileName().toString().startsWith("log_inprogress"))
                .findFirst()
                .orElseThrow();
        var bytes = Files.readAllBytes(segment);
        end = endOf(bytes);
    }

    @AfterEach
    void closeKeys() {
        keys.close();
    }

    /** Behind the last entry there are zeros; the last byte of its checksum may be one too. */
    private static int endOf(byte[] bytes) throws IOException {
        int at = 8;
        while (at < bytes.length) {
            var in = CodedInputStream.newInstance(bytes, at, bytes.length - at);
            int length = in.readRawVarint32();
            if (length == 0) break;
            at += in.getTotalBytesRead() + length + 4;
        }
        return at;
    }

    private static RatisStore open(Path in, Keyring keys) throws StoreException {
        return RatisStore.open(in, keys, why -> {
            throw new AssertionError(why);
        });
    }

    private RatisStore open() throws StoreException {
        return open(directory.resolve("killed"), keys);
    }

    private static Stream<Path> walk(Path from) {
        try (var files = Files.walk(from)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void write(byte[] bytes) throws IOException {
        Files.write(segment, bytes);
    }

    private void expectRefusal(String... words) throws IOException {
        var before = Files.readAllBytes(segment);
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessageContainingAll(words);
        assertThat(Files.readAllBytes(segment)).as("the segment is left as it is").isEqualTo(before);
    }

    @Test
    void undamagedOneIsOpened() throws Exception {
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(TRANSACTIONS);
        }
    }

    @Test
    void flippedBitAnywhereIsFoundAndTheFileIsNamed() throws Exception {
        var bytes = Files.readAllBytes(segment);
        var random = new SplittableRandom(11);
        for (int i = 0; i < 200; i++) {
            int at = random.nextInt(end);
            var flipped = bytes.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            write(flipped);
            assertThatThrownBy(this::open)
                    .as("byte %d", at)
                    .isInstanceOf(StoreException.class)
                    .message()
                    .containsAnyOf(segment.toString(), "but " + TRANSACTIONS + " was acknowledged")
                    .contains("backup");
        }
    }

    @Test
    void flippedBitSaysWhereAndHowToGoBack() throws Exception {
        var bytes = Files.readAllBytes(segment);
        bytes[end / 2] ^= 4;
        write(bytes);
        expectRefusal(segment.toString(), "does not match its checksum", "truncate -s", "rm ");
    }

    @Test
    void logCutShortIsNotTakenForAWholeOne() throws Exception {
        write(Arrays.copyOf(Files.readAllBytes(segment), end / 2));
        expectRefusal("but " + TRANSACTIONS + " was acknowledged", "backup");
    }

    @Test
    void removedSegmentIsMissed() throws Exception {
        Files.delete(segment);
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("but " + TRANSACTIONS + " was acknowledged");
    }

    @Test
    void removedLogIsNotTakenForANewOne() throws Exception {
        for (var file : walk(segment.getParent().getParent()).sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(file);
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessageContaining("is missing");
    }

    @Test
    void entryTornByAKillAndNeverAcknowledgedIsForgotten() throws Exception {
        var bytes = Files.readAllBytes(segment);
        Arrays.fill(bytes, end - 60, end, (byte) 0);
        write(bytes);
        Files.writeString(directory.resolve("killed/acknowledged"), String.valueOf(TRANSACTIONS - 1));
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(TRANSACTIONS - 1);
            store.append(States.task(TRANSACTIONS));
        }
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(TRANSACTIONS);
        }
    }

    @Test
    void acknowledgedEntryWhoseEndIsGoneIsMissed() throws Exception {
        var bytes = Files.readAllBytes(segment);
        Arrays.fill(bytes, end - 60, end, (byte) 0);
        write(bytes);
        expectRefusal(segment.toString(), "does not match its checksum");
    }

    @Test
    void remedyThatTheMessageGivesWorks() throws Exception {
        var bytes = Files.readAllBytes(segment);
        bytes[end / 2] ^= 4;
        write(bytes);
        String message;
        try (var _ = open()) {
            throw new AssertionError("opened");
        } catch (StoreException e) {
            message = e.getMessage();
        }
        var at = Integer.parseInt(message.replaceAll("(?s).*truncate -s (\\d+) .*", "$1"));
        var version = Long.parseLong(message.replaceAll("(?s).*go back to transaction (\\d+).*", "$1"));
        write(Arrays.copyOf(bytes, at));
        Files.delete(directory.resolve("killed/acknowledged"));
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(version).isPositive();
        }
    }

    private interface Edit {
        List<LogEntryProto> of(List<LogEntryProto> entries);
    }

    /** Entries that somebody edited, with lengths and checksums as they should be. */
    private void edit(Edit edit) throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(segment), 8, end - 8);
        var entries = new ArrayList<LogEntryProto>();
        while (bytes.hasRemaining()) {
            var in = CodedInputStream.newInstance(bytes.array(), bytes.position(), bytes.remaining());
            int length = in.readRawVarint32();
            int body = bytes.position() + in.getTotalBytesRead();
            entries.add(LogEntryProto.parseFrom(ByteBuffer.wrap(bytes.array(), body, length)));
            bytes.position(body + length + 4);
        }
        var out = new ByteArrayOutputStream();
        out.write(bytes.array(), 0, 8);
        for (var entry : edit.of(entries)) {
            var one = new ByteArrayOutputStream();
            entry.writeDelimitedTo(one);
            var checksum = new CRC32C();
            checksum.update(one.toByteArray());
            out.write(one.toByteArray());
            out.write(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
        }
        write(out.toByteArray());
    }

    private static LogEntryProto with(LogEntryProto entry, ByteString data) {
        return entry.toBuilder().setStateMachineLogEntry(entry.getStateMachineLogEntry().toBuilder().setLogData(data)).build();
    }

    private static ByteString data(LogEntryProto entry) {
        return entry.getStateMachineLogEntry().getLogData();
    }

    @Test
    void entryThatSomebodyChangedTogetherWithItsChecksumIsNotRead() throws Exception {
        edit(entries -> {
            var data = data(entries.get(5)).toByteArray();
            data[data.length / 2] ^= 1;
            entries.set(5, with(entries.get(5), ByteString.copyFrom(data)));
            return entries;
        });
        expectRefusal(segment.toString(), "was changed after it was sealed", "backup");
    }

    @Test
    void entriesThatChangedPlacesAreNotRead() throws Exception {
        edit(entries -> {
            var fifth = data(entries.get(5));
            entries.set(5, with(entries.get(5), data(entries.get(6))));
            entries.set(6, with(entries.get(6), fifth));
            return entries;
        });
        expectRefusal(segment.toString(), "is transaction", "is due", "backup");
    }

    @Test
    void entryInClearIsNotRead() throws Exception {
        edit(entries -> {
            entries.set(5, with(entries.get(5), ByteString.copyFrom(TransactionCodec.encode(States.task(5)))));
            return entries;
        });
        expectRefusal(segment.toString(), "it is not encrypted", "backup");
    }

    @Test
    void nothingThatWasStoredIsInClear() throws Exception {
        open().close();
        for (var file : walk(directory.resolve("killed")).filter(Files::isRegularFile).toList())
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).as("%s", file).doesNotContain("SWMTKN", "replica", "app:1");
    }

    @Test
    void logOfOtherKeysIsRefused() throws Exception {
        keys.close();
        for (var name : List.of("keys", "keys.copy")) Files.delete(directory.resolve(name));
        keys = Keyring.open(directory, directory.resolve("nowhere"));
        expectRefusal(segment.toString(), "was changed after it was sealed", "are the keys of another log; put back all of");
    }

    @Test
    void oldKeyIsForgottenWhenNothingOnDiskIsSealedWithIt() throws Exception {
        keys.rotateData();
        try (var store = open()) {
            assertThat(keys.seal().has(1)).isTrue();
            store.append(States.task(TRANSACTIONS + 1));
        }
        keys.rotateData();
        keys.rotateData();
        open().close();
        assertThat(keys.seal().has(1)).isTrue();
        assertThat(keys.seal().has(2)).isTrue();
        assertThat(keys.seal().has(3)).isFalse();
    }

    private Path snapshot() throws Exception {
        open().close();
        return walk(directory.resolve("killed"))
                .filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theSnapshotOfAnEarlierVersionIsNotCalledDamaged() throws Exception {
        var snapshot = snapshot();
        var bytes = new ByteArrayOutputStream();
        try (var sealed = keys.seal().snapshot(TRANSACTIONS, bytes)) {
            sealed.write(("{\"v\":1,\"version\":" + TRANSACTIONS + ",\"state\":[]}").getBytes(StandardCharsets.UTF_8));
        }
        Files.write(snapshot, bytes.toByteArray());
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class)
                .hasMessageContainingAll(snapshot.toString(), "written by an earlier version, in format 1", "empty data directory")
                .hasMessageNotContaining("backup").hasMessageNotContaining("damaged");
    }

    /** What is sealed proves itself. */
    @Test
    void aSnapshotWhoseChecksumIsMissingOrAnothersIsRead() throws Exception {
        var snapshot = snapshot();
        var checksum = snapshot.resolveSibling(snapshot.getFileName() + ".md5");
        Files.writeString(checksum, "0".repeat(32) + " *" + snapshot.getFileName() + "\n");
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(TRANSACTIONS);
        }
        Files.delete(checksum);
        try (var store = open()) {
            assertThat(store.recovered().version()).isEqualTo(TRANSACTIONS);
        }
    }

    @Test
    void damagedSnapshotIsFoundAndNamed() throws Exception {
        var snapshot = snapshot();
        var bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 1;
        Files.write(snapshot, bytes);
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(snapshot.toString())
                .hasMessageContaining("backup");
    }
}
