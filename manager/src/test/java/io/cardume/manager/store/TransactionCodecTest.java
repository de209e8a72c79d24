package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Transaction;
import io.cardume.manager.plan.Scene;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransactionCodecTest {
    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456789Z");

    private static final Set<Class<?>> NEVER_STORED = Set.of(Change.NodeHeard.class, Change.NodeBalanced.class, Change.NodeFenced.class);

    @SuppressWarnings("unchecked")
    static Stream<Class<? extends Change>> storedKinds() {
        return Arrays.stream(Change.class.getPermittedSubclasses())
                .filter(kind -> !NEVER_STORED.contains(kind))
                .map(kind -> (Class<? extends Change>) kind);
    }

    @ParameterizedTest
    @MethodSource("storedKinds")
    void everyKindOfChangeIsReadAsItWasWritten(Class<? extends Change> kind) throws IOException {
        for (long seed = 0; seed < 300; seed++) {
            var change = new Arbitrary(new SplittableRandom(seed)).change(kind);
            var transaction = new Transaction(7, NOW, List.of(change));
            assertThat(TransactionCodec.decode(TransactionCodec.encode(transaction)))
                    .as("seed %d", seed)
                    .isEqualTo(transaction);
        }
    }

    @Test
    void longTransactionIsCompressedAndReadAsItWasWritten() throws IOException {
        var any = new Arbitrary(new SplittableRandom(1));
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 2_000; i++) changes.add(any.change(Change.TaskPut.class));
        var transaction = new Transaction(7, NOW, changes);
        var bytes = TransactionCodec.encode(transaction);
        assertThat(bytes).hasSizeLessThan(2_000 * 300);
        try (var plain = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            assertThat(TransactionCodec.weight(bytes)).isEqualTo(plain.readAllBytes().length);
        }
        assertThat(TransactionCodec.decode(bytes)).isEqualTo(transaction);
    }

    @Test
    void whatWasGivenLastIsWrittenWithTheWhole() throws IOException {
        var scene = Scene.cluster().nodes(1).network("a", "10.0.1.0/24").network("b", "10.0.2.0/24");
        scene.service("web", 3, scene.on("a")).settled().removed("web").settled().networkRemoved("b").settled();
        var bytes = new ByteArrayOutputStream();
        StateCodec.write(scene.state(), bytes);
        var read = StateCodec.read(new ByteArrayInputStream(bytes.toByteArray())).state();
        assertThat(read).isEqualTo(scene.state());
        assertThat(read.addressesGivenLast().values()).containsExactly(Ipv4.parse("10.0.1.6"));
        assertThat(read.newestNetwork()).isEqualTo(scene.state().newestNetwork()).isPresent();
    }

    @Test
    void signOfLifeIsNeverStored() {
        var heard = new Change.NodeHeard(new NodeId("n1"), NOW);
        assertThatThrownBy(() -> TransactionCodec.encode(new Transaction(1, NOW, List.of(heard))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NodeHeard");
    }

    @Test
    void entryOfALaterFormatIsRefusedByName() {
        var later = "{\"v\":2,\"version\":1}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> TransactionCodec.decode(later))
                .isInstanceOf(IOException.class)
                .hasMessage("it is written in format 2, and this version reads format 1");
    }

    @Test
    void formatOneStaysReadable() throws IOException {
        var entry = """
                {"v":1,"version":3,"at":"2026-11-01T12:00:00.123456789Z","changes":[{"change":"task removed","task":"t1"}]}\
                """.strip();
        var transaction = TransactionCodec.decode(entry.getBytes(StandardCharsets.UTF_8));
        assertThat(new String(TransactionCodec.encode(transaction), StandardCharsets.UTF_8)).isEqualTo(entry);
    }
}
