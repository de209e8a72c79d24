package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealTest {
    private static final int PIECE = 64 << 10;
    private static final byte[] PLAIN = "a transaction with a planted secret".getBytes(StandardCharsets.UTF_8);
    private final DataKey first = DataKey.fresh(1);
    private final DataKey second = DataKey.fresh(2);
    private final Seal seal = new Seal(new TreeMap<>(Map.of(1, first)), 1);

    private static byte[] bytes(int count) {
        var bytes = new byte[count];
        new SplittableRandom(count).nextBytes(bytes);
        return bytes;
    }

    private byte[] snapshot(byte[] plain) throws IOException {
        var sealed = new ByteArrayOutputStream();
        try (var out = seal.snapshot(9, sealed)) {
            out.write(plain);
        }
        return sealed.toByteArray();
    }

    private byte[] opened(byte[] snapshot) throws IOException {
        return seal.openSnapshot(new ByteArrayInputStream(snapshot)).readAllBytes();
    }

    @Test
    void entryIsOpenedByAnotherSealOfTheSameKey() throws IOException {
        var later = new Seal(new TreeMap<>(Map.of(1, first, 2, second)), 2);
        assertThat(later.open(seal.entry(7, PLAIN))).isEqualTo(PLAIN);
        assertThat(later.open(later.entry(8, PLAIN))).isEqualTo(PLAIN);
        assertThat(Seal.headOfEntry(later.entry(8, PLAIN))).isEqualTo(new Seal.Head(2, 8));
    }

    @Test
    void nothingOfAnEntryIsInClearAndNoTwoAreAlike() {
        var one = seal.entry(7, PLAIN);
        assertThat(new String(one, StandardCharsets.ISO_8859_1)).doesNotContain("planted");
        assertThat(seal.entry(7, PLAIN)).isNotEqualTo(one);
    }

    @Test
    void everyFlippedBitOfAnEntryIsFound() {
        var sealed = seal.entry(7, PLAIN);
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            var flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> seal.open(flipped)).as("bit %d", bit).isInstanceOf(IOException.class);
        }
    }

    @Test
    void entryCutShortAnywhereIsFound() {
        var sealed = seal.entry(7, PLAIN);
        for (int length = 0; length < sealed.length; length++) {
            var cut = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> seal.open(cut)).as("%d bytes", length).isInstanceOf(IOException.class);
        }
    }

    @Test
    void entryOfAnotherKeyIsRefusedByItsNumber() {
        var other = new Seal(new TreeMap<>(Map.of(2, second)), 2);
        assertThatThrownBy(() -> other.open(seal.entry(7, PLAIN))).hasMessage("it is sealed with key 1, which is not among those that are known");
    }

    @Test
    void whatIsInClearIsNotRead() {
        assertThatThrownBy(() -> seal.open("{\"v\":1,\"version\":3}".getBytes(StandardCharsets.UTF_8))).hasMessageContaining("it is not encrypted");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 1_000_000})
    void snapshotOfAnyLengthIsOpened(int length) throws IOException {
        assertThat(opened(snapshot(bytes(length)))).isEqualTo(bytes(length));
    }

    @Test
    void snapshotWithoutItsLastPieceOrWithPiecesChangedAboutIsFound() throws IOException {
        var sealed = snapshot(bytes(3 * PIECE + 100));
        int piece = 4 + PIECE + 16;
        assertThatThrownBy(() -> opened(Arrays.copyOf(sealed, Seal.HEAD_BYTES + 3 * piece))).hasMessage("it ends after piece 3, before its end");
        var swapped = sealed.clone();
        System.arraycopy(sealed, Seal.HEAD_BYTES, swapped, Seal.HEAD_BYTES + piece, piece);
        System.arraycopy(sealed, Seal.HEAD_BYTES + piece, swapped, Seal.HEAD_BYTES, piece);
        assertThatThrownBy(() -> opened(swapped)).hasMessage("piece 1 was changed after it was sealed");
        assertThatThrownBy(() -> opened(Arrays.copyOf(sealed, sealed.length + 1))).hasMessage("there is something after its end");
    }

    @Test
    void flippedBitsAndCutsOfASnapshotAreFound() throws IOException {
        var sealed = snapshot(bytes(PIECE + 1_000));
        var random = new SplittableRandom(5);
        for (int i = 0; i < 300; i++) {
            var flipped = sealed.clone();
            int at = i < Seal.HEAD_BYTES + 4 ? i : random.nextInt(sealed.length);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> opened(flipped)).as("byte %d", at).isInstanceOf(IOException.class);
            var cut = Arrays.copyOf(sealed, random.nextInt(sealed.length));
            assertThatThrownBy(() -> opened(cut)).as("%d bytes", cut.length).isInstanceOf(IOException.class);
        }
    }
}
