package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.link.LogLine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogStreamTest {
    private static final String TIME = "2026-11-01T12:00:00.123456789Z";

    @Test
    void framesKeepTheirStreamAndTime() throws IOException {
        var lines = frames(frame(1, TIME + " out\n"), frame(2, TIME + " err\n"));

        assertThat(lines).extracting(LogLine::stream).containsExactly(1, 2);
        assertThat(lines).extracting(LogLine::at).containsOnly(Instant.parse(TIME));
        assertThat(lines).extracting(LogStreamTest::text).containsExactly("out\n", "err\n");
    }

    @Test
    void emptyLineAndLineWithSpacesStayAsTheyAre() throws IOException {
        assertThat(frames(frame(1, TIME + " \n"), frame(1, TIME + "  a b \n")))
                .extracting(LogStreamTest::text)
                .containsExactly("\n", " a b \n");
    }

    @Test
    void textWithoutATimeBelongsToTheLineBefore() throws IOException {
        assertThat(frames(frame(1, TIME + " a"), frame(1, "no time at all\n")))
                .extracting(LogLine::at)
                .containsOnly(Instant.parse(TIME));
    }

    @Test
    void bytesThatAreNoTextAreNotTouched() throws IOException {
        byte[] text = {(byte) 0xff, 0, (byte) 0xc3, '\n'};
        var payload = new ByteArrayOutputStream();
        payload.writeBytes((TIME + " ").getBytes(StandardCharsets.US_ASCII));
        payload.writeBytes(text);

        assertThat(frames(frame(1, payload.toByteArray()))).singleElement().satisfies(line ->
                assertThat(line.text()).isEqualTo(text));
    }

    @Test
    void streamThatEndsInsideAFrameIsAFault() {
        byte[] whole = frame(1, TIME + " line\n");
        var cut = new ByteArrayInputStream(whole, 0, whole.length - 2);

        assertThatThrownBy(() -> LogStream.frames(cut, _ -> {})).isInstanceOf(EOFException.class);
    }

    @Test
    void terminalsLogIsSplitAtItsLineEnds() throws IOException {
        var lines = new ArrayList<LogLine>();

        LogStream.plain(
                new ByteArrayInputStream((TIME + " a\r\n" + TIME + " b").getBytes(StandardCharsets.US_ASCII)), lines::add);

        assertThat(lines).extracting(LogStreamTest::text).containsExactly("a\r\n", "b");
        assertThat(lines).extracting(LogLine::stream).containsOnly(1);
        assertThat(lines).extracting(LogLine::at).containsOnly(Instant.parse(TIME));
    }

    private static List<LogLine> frames(byte[]... frames) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (byte[] frame : frames) bytes.writeBytes(frame);
        var lines = new ArrayList<LogLine>();
        LogStream.frames(new ByteArrayInputStream(bytes.toByteArray()), lines::add);
        return lines;
    }

    private static byte[] frame(int stream, String payload) {
        return frame(stream, payload.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] frame(int stream, byte[] payload) {
        return ByteBuffer.allocate(8 + payload.length).put((byte) stream).put(new byte[3]).putInt(payload.length)
                .put(payload).array();
    }

    private static String text(LogLine line) {
        return new String(line.text(), StandardCharsets.UTF_8);
    }
}
