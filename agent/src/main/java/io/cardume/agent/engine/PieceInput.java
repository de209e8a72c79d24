package io.cardume.agent.engine;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** An input that gives several bytes at a time. */
public abstract class PieceInput extends InputStream {
    /** As {@link #read(byte[], int, int)}, of one byte or more. */
    protected abstract int piece(byte[] into, int offset, int length) throws IOException;

    @Override
    public final int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        return length == 0 ? 0 : piece(into, offset, length);
    }
}
