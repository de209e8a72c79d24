package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.manager.cluster.ClusterState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateCodecTest {
    private static final byte[] HEAD = "{\"v\":2,\"version\":7}\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] CHANGES = "[]".getBytes(StandardCharsets.UTF_8);

    private static byte[] written(ClusterState state) throws IOException {
        var bytes = new ByteArrayOutputStream();
        StateCodec.write(state, bytes);
        return bytes.toByteArray();
    }

    private static StateCodec.Whole read(byte[] bytes) throws IOException {
        return StateCodec.read(new ByteArrayInputStream(bytes));
    }

    @Test
    void aStateOfManyBlocksIsReadAsItWasWritten() throws Exception {
        var state = ClusterState.empty().with(States.first());
        for (int version = 2; version < 6; version++) state = state.with(States.tasks(version, 5_000));
        var bytes = new ByteArrayOutputStream();
        long weight = StateCodec.write(state, bytes);
        assertThat(weight).as("several blocks").isGreaterThan(10 * (256 << 10)).isGreaterThan(4 * bytes.size());
        var whole = read(bytes.toByteArray());
        assertThat(whole.version()).isEqualTo(5);
        assertThat(whole.weight()).isEqualTo(weight);
        assertThat(whole.state()).isEqualTo(state);
    }

    /** More than may wait, in blocks that are much larger than usual ones. */
    @Test
    void largeObjectsAreReadAsTheyWereWritten() throws Exception {
        var state = ClusterState.empty().with(States.first());
        for (int version = 2; version < 42; version++) state = state.with(States.config(version, 1_000_000));
        assertThat(read(written(state)).state()).isEqualTo(state);
    }

    @Test
    void anEmptyStateIsOneToo() throws Exception {
        assertThat(read(written(ClusterState.empty())).state()).isEqualTo(ClusterState.empty());
    }

    private static byte[] bytes(byte[]... parts) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) bytes.write(part);
        return bytes.toByteArray();
    }

    private static byte[] number(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static byte[] block(int plain, byte[] packed) throws IOException {
        return bytes(number(plain), number(packed.length), packed);
    }

    private static byte[] packed(byte[] plain) {
        var deflater = new Deflater();
        deflater.setInput(plain);
        deflater.finish();
        var packed = new byte[100];
        int length = deflater.deflate(packed);
        deflater.end();
        return Arrays.copyOf(packed, length);
    }

    private static void expectRefusal(String words, byte[]... parts) throws IOException {
        var all = bytes(parts);
        assertThatThrownBy(() -> read(all)).isInstanceOf(IOException.class).hasMessageContaining(words);
    }

    @Test
    void whatIsNotAsItWasWrittenIsRefusedInWords() throws Exception {
        var packed = packed(CHANGES);
        var good = block(CHANGES.length, packed);
        assertThat(read(bytes(HEAD, good, good, number(0))).version()).isEqualTo(7);

        expectRefusal("ends before the mark of its end", HEAD, good);
        expectRefusal("ends before the mark of its end", HEAD, number(2));
        expectRefusal("ends before the mark of its end", HEAD, Arrays.copyOf(good, good.length - 1));
        expectRefusal("something after its end", HEAD, good, number(0), number(0));
        expectRefusal("said to have -1 bytes", HEAD, number(-1), number(5), number(0));
        expectRefusal("said to have 0 bytes", HEAD, number(2), number(0), number(0));
        expectRefusal("said to have 2147483647 bytes", HEAD, number(2), number(Integer.MAX_VALUE), number(0));
        expectRefusal("said to have 268435457 bytes", HEAD, number((256 << 20) + 1), number(5), number(0));
        expectRefusal("does not have the 3 bytes", HEAD, block(3, packed), number(0));
        expectRefusal("does not have the 1 bytes", HEAD, block(1, packed), number(0));
        expectRefusal("does not have the 2 bytes", HEAD, block(2, Arrays.copyOf(packed, packed.length - 1)), number(0));
        expectRefusal("does not have the 2 bytes", HEAD, block(2, bytes(packed, new byte[] {1})), number(0));
        expectRefusal("cannot be unpacked", HEAD, block(2, new byte[] {9, 9, 9, 9, 9}), number(0));
        var other = "[7]".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> read(bytes(HEAD, block(other.length, packed(other)), number(0)))).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"v\":1,\"version\":7,\"state\":[]}", "{\"v\":1,\"version\":7,\"state\":[{\"change\":\"node\",\"node\":{\"id\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}}]}"})
    void anEarlierFormatIsNamed(String text) {
        assertThatThrownBy(() -> read(text.getBytes(StandardCharsets.UTF_8))).isInstanceOf(OtherFormat.class)
                .hasMessageContainingAll("an earlier version, in format 1", "reads format 2", "Start that version again", "empty data directory");
    }

    @Test
    void aLaterFormatIsNamed() {
        assertThatThrownBy(() -> read("{\"v\":3,\"version\":7}\n".getBytes(StandardCharsets.UTF_8))).isInstanceOf(OtherFormat.class)
                .hasMessageContaining("a later version, in format 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", "[]", "nothing"})
    void whatHasNoHeadIsRefused(String text) {
        assertThatThrownBy(() -> read(text.getBytes(StandardCharsets.UTF_8))).isInstanceOf(IOException.class).isNotInstanceOf(OtherFormat.class);
    }
}
