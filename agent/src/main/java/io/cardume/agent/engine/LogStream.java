package io.cardume.agent.engine;

import io.cardume.api.link.LogLine;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.function.Consumer;

/** Reads the engine's log streams, with timestamps, into lines. */
final class LogStream {
    /** A terminal's log has no frames; a line longer than this is passed on in parts. */
    private static final int LONGEST_LINE = 1 << 16;

    private static final int OUTPUT = 400;
    private static final int OUTPUT_LINES = 3;

    private LogStream() {}

    /**
     * Reads the frames of a container without a terminal: 8 bytes of header (stream, length), then a timestamp and the
     * text. A text longer than 16 KB comes as several frames, and as several lines.
     */
    static void frames(InputStream stream, Consumer<LogLine> sink) throws IOException {
        var in = new DataInputStream(new BufferedInputStream(stream));
        Instant last = Instant.EPOCH;
        while (true) {
            byte[] header = in.readNBytes(8);
            if (header.length < 8) return;
            int length = (header[4] & 0xff) << 24 | (header[5] & 0xff) << 16 | (header[6] & 0xff) << 8 | header[7] & 0xff;
            byte[] payload = in.readNBytes(length);
            if (payload.length < length) throw new EOFException("the log ended inside a line");
            LogLine line = line(header[0], payload, last);
            last = line.at();
            sink.accept(line);
        }
    }

    /** The last lines of a command's output, both streams as they came; at most a few hundred characters, in one line. */
    static String lastLines(InputStream stream) throws IOException {
        var in = new DataInputStream(new BufferedInputStream(stream));
        var last = new StringBuilder();
        for (byte[] header = in.readNBytes(8); header.length == 8; header = in.readNBytes(8)) {
            int length = ByteBuffer.wrap(header, 4, 4).getInt();
            last.append(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            if (last.length() > OUTPUT) last.delete(0, last.length() - OUTPUT);
        }
        var lines = last.toString().lines().map(line -> line.strip().replaceAll("\\p{Cc}", "?")).filter(line -> !line.isEmpty()).toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - OUTPUT_LINES), lines.size()));
    }

    /** Reads the one plain stream of a container with a terminal; all of it counts as standard output. */
    static void plain(InputStream stream, Consumer<LogLine> sink) throws IOException {
        var in = new BufferedInputStream(stream);
        var line = new ByteArrayOutputStream();
        Instant last = Instant.EPOCH;
        for (int next = in.read(); next >= 0; next = in.read()) {
            line.write(next);
            if (next != '\n' && line.size() < LONGEST_LINE) continue;
            LogLine read = line(1, line.toByteArray(), last);
            last = read.at();
            line.reset();
            sink.accept(read);
        }
        if (line.size() > 0) sink.accept(line(1, line.toByteArray(), last));
    }

    /** Splits the timestamp off; text that carries none (a part of a long line) belongs to the time of the line before. */
    private static LogLine line(int stream, byte[] payload, Instant last) {
        for (int space = 0; space < Math.min(payload.length, 40); space++) {
            if (payload[space] != ' ') continue;
            try {
                Instant at = OffsetDateTime.parse(new String(payload, 0, space, StandardCharsets.US_ASCII)).toInstant();
                return new LogLine(stream, at, Arrays.copyOfRange(payload, space + 1, payload.length));
            } catch (DateTimeException e) {
                return new LogLine(stream, last, payload);
            }
        }
        return new LogLine(stream, last, payload);
    }
}
