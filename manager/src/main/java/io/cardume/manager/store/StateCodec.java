package io.cardume.manager.store;

import com.fasterxml.jackson.databind.SequenceWriter;
import io.cardume.manager.cluster.Assembly;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;

/**
 * A whole state as it is sealed and written to disk: the changes that make it of nothing.
 *
 * <p>First a line of JSON says the number of the format and the state's version. Then come blocks: the length of an array of changes in JSON, and that of the
 * same compressed, both in four bytes, and it; a length of 0 is the end. Blocks are read on all processors at once, and nothing is held as one text.
 */
final class StateCodec {
    private static final int FORMAT = 2;
    private static final int LONGEST_HEAD = 100;
    /** A block is ended with the change that makes it longer. */
    private static final int BLOCK_BYTES = 256 << 10;
    /** More than any object is long. */
    private static final int LARGEST_BLOCK = 256 << 20;
    private static final int MOST_READERS = 8;
    /** How much may wait to be put in its place, packed and unpacked, but for the block that was read last. */
    private static final long MOST_AHEAD_BYTES = 32 << 20;

    /**
     * What was read.
     *
     * @param changes all of it
     * @param version that of the state
     * @param weight how many bytes it has, not compressed
     */
    record Whole(Assembly changes, long version, long weight) {
        ClusterState state() {
            return changes.state(version);
        }
    }

    private StateCodec() {}

    /** A block that is being read, and how many bytes it has. */
    private record Ahead(Future<List<Change>> changes, int packed, int plain) {
        long bytes() {
            return (long) packed + plain;
        }

        void addTo(Assembly assembly) throws IOException {
            try {
                assembly.add(changes.get());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException why) throw why;
                throw new IOException(e.getCause().toString(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /** Writes a state; gives how many bytes it has, not compressed. */
    static long write(ClusterState state, OutputStream bytes) throws IOException {
        var out = new DataOutputStream(bytes);
        out.write(TransactionCodec.head(FORMAT, state.version()));
        out.write('\n');
        try (var blocks = new Blocks(out)) {
            if (state.authority().isPresent()) blocks.add(new Change.AuthorityPut(state.authority().get()));
            for (var id : state.endedClusters()) blocks.add(new Change.ClusterEnded(id));
            if (state.cluster().isPresent()) blocks.add(new Change.ClusterPut(state.cluster().get()));
            for (var node : state.nodes().values()) blocks.add(new Change.NodePut(node));
            for (var blob : state.blobs().values()) blocks.add(new Change.BlobPut(blob));
            for (var user : state.users().values()) blocks.add(new Change.UserPut(user));
            for (var network : state.networks().values()) blocks.add(new Change.NetworkPut(network));
            if (state.newestNetwork().isPresent()) blocks.add(new Change.NetworkMadeLast(state.newestNetwork().get()));
            for (var given : state.addressesGivenLast().entrySet()) blocks.add(new Change.AddressGivenLast(given.getKey(), given.getValue()));
            for (var service : state.services().values()) blocks.add(new Change.ServicePut(service));
            for (var moving : state.moving().entrySet()) blocks.add(new Change.MovesAsked(moving.getKey(), moving.getValue()));
            for (var login : state.logins().entrySet()) blocks.add(new Change.LoginPut(login.getKey(), login.getValue()));
            for (var task : state.tasks().values()) blocks.add(new Change.TaskPut(task));
            for (var addresses : state.addresses().values()) blocks.add(new Change.AddressesPut(addresses));
            for (var endpoint : state.endpoints().values()) blocks.add(new Change.EndpointPut(endpoint));
            for (var addresses : state.hostAddresses().values()) blocks.add(new Change.HostAddressesPut(addresses));
            for (var troubles : state.portTroubles().values()) blocks.add(new Change.PortTroublesPut(troubles));
            return blocks.end();
        }
    }

    private static final class Blocks implements AutoCloseable {
        private final DataOutputStream out;
        private final ByteArrayOutputStream plain = new ByteArrayOutputStream(BLOCK_BYTES + BLOCK_BYTES / 8);
        private final ByteArrayOutputStream packed = new ByteArrayOutputStream(BLOCK_BYTES / 2);
        private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        private SequenceWriter changes;
        private long weight;

        Blocks(DataOutputStream out) throws IOException {
            this.out = out;
            begin();
        }

        private void begin() throws IOException {
            plain.reset();
            changes = TransactionCodec.WRITE_CHANGE.writeValuesAsArray(plain);
        }

        void add(Change change) throws IOException {
            changes.write(change);
            if (plain.size() >= BLOCK_BYTES) {
                write();
                begin();
            }
        }

        private void write() throws IOException {
            changes.close();
            if (plain.size() > LARGEST_BLOCK) throw new IOException("an object has " + plain.size() + " bytes; the most are " + LARGEST_BLOCK);
            weight += plain.size();
            packed.reset();
            deflater.reset();
            try (var pack = new DeflaterOutputStream(packed, deflater, BLOCK_BYTES / 4)) {
                plain.writeTo(pack);
            }
            out.writeInt(plain.size());
            out.writeInt(packed.size());
            packed.writeTo(out);
        }

        long end() throws IOException {
            write();
            out.writeInt(0);
            out.flush();
            return weight;
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    /**
     * What was written.
     *
     * @throws OtherFormat if another version wrote it, in a format of its own
     * @throws IOException if it is not as it was written; says what is wrong
     */
    static Whole read(InputStream bytes) throws IOException {
        var in = new DataInputStream(bytes);
        var head = head(in);
        int format = TransactionCodec.format(head);
        if (format != FORMAT) throw new OtherFormat(format, FORMAT);
        long version = TransactionCodec.version(head, FORMAT);
        try {
            return read(in, version);
        } catch (EOFException e) {
            throw new IOException("it ends before the mark of its end", e);
        }
    }

    private static Whole read(DataInputStream in, long version) throws IOException {
        var changes = new Assembly();
        long weight = 0;
        long waiting = 0;
        int readers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_READERS);
        try (var reading = Executors.newFixedThreadPool(readers, Thread.ofPlatform().name("snapshot-", 0).daemon().factory())) {
            var ahead = new ArrayDeque<Ahead>();
            for (int plain = in.readInt(); plain != 0; plain = in.readInt()) {
                int size = length(plain);
                var packed = new byte[length(in.readInt())];
                in.readFully(packed);
                var block = new Ahead(reading.submit(() -> changes(packed, size)), packed.length, size);
                ahead.add(block);
                weight += size;
                for (waiting += block.bytes(); waiting > MOST_AHEAD_BYTES && ahead.size() > 1; waiting -= ahead.remove().bytes()) ahead.element().addTo(changes);
            }
            while (!ahead.isEmpty()) ahead.remove().addTo(changes);
        }
        if (in.read() >= 0) throw new IOException("there is something after its end");
        return new Whole(changes, version, weight);
    }

    private static int length(int length) throws IOException {
        if (length < 1 || length > LARGEST_BLOCK) throw new IOException("a block is said to have " + length + " bytes, which is not from 1 to " + LARGEST_BLOCK);
        return length;
    }

    /** Up to the end of the line, or as much of a line as there may be: a format of before may have none. */
    private static byte[] head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n' && head.size() < LONGEST_HEAD; next = in.read()) head.write(next);
        return head.toByteArray();
    }

    private static List<Change> changes(byte[] packed, int size) throws IOException {
        try (var changes = TransactionCodec.READ_CHANGE.<Change>readValues(unpacked(packed, size))) {
            var all = new ArrayList<Change>();
            while (changes.hasNextValue()) all.add(changes.nextValue());
            return all;
        }
    }

    private static byte[] unpacked(byte[] packed, int size) throws IOException {
        var inflater = new Inflater();
        try {
            inflater.setInput(packed);
            var plain = new byte[size];
            int length = 0;
            for (int more = 1; length < size && more > 0; length += more) more = inflater.inflate(plain, length, size - length);
            if (length < size || inflater.inflate(new byte[1]) > 0 || !inflater.finished() || inflater.getRemaining() > 0)
                throw new IOException("a block does not have the " + size + " bytes it is said to have");
            return plain;
        } catch (DataFormatException e) {
            throw new IOException("a block cannot be unpacked", e);
        } finally {
            inflater.end();
        }
    }
}
