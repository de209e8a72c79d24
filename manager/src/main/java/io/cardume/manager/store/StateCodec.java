package io.cardume.manager.store;

import com.fasterxml.jackson.databind.SequenceWriter;
import io.cardume.manager.cluster.Assembly;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
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
    private static final int MOST_READERS = 8;

    /**
     * What was read.
     *
     * @param changes all of it
     * @param version that of the state
     * @param count of how many changes it is made
     */
    record Whole(Assembly changes, long version, long count) {
        ClusterState state() {
            return changes.state(version);
        }
    }

    private StateCodec() {}

    /** Writes a state; gives of how many changes it is made. */
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
        private long count;

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
            count++;
            if (plain.size() >= BLOCK_BYTES) {
                write();
                begin();
            }
        }

        private void write() throws IOException {
            changes.close();
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
            return count;
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    /** What was written. */
    static Whole read(InputStream bytes) throws IOException {
        var in = new DataInputStream(bytes);
        long version = TransactionCodec.version(head(in), FORMAT);
        var changes = new Assembly();
        long count = 0;
        int readers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_READERS);
        try (var reading = Executors.newFixedThreadPool(readers, Thread.ofPlatform().name("snapshot-", 0).daemon().factory())) {
            var ahead = new ArrayDeque<Future<List<Change>>>();
            for (int length = in.readInt(); length != 0; length = in.readInt()) {
                int size = length;
                var packed = new byte[in.readInt()];
                in.readFully(packed);
                ahead.add(reading.submit(() -> changes(packed, size)));
                if (ahead.size() > 2 * readers) count += add(changes, ahead.remove());
            }
            while (!ahead.isEmpty()) count += add(changes, ahead.remove());
        }
        if (in.read() >= 0) throw new IOException("there is something after its end");
        return new Whole(changes, version, count);
    }

    /** Up to the end of the line, or as much of a line as there may be: a format of before may have none. */
    private static byte[] head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n' && head.size() < LONGEST_HEAD; next = in.read()) head.write(next);
        return head.toByteArray();
    }

    private static int add(Assembly changes, Future<List<Change>> block) throws IOException {
        try {
            changes.add(block.get());
            return block.get().size();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException why) throw why;
            throw new IOException(e.getCause().toString(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
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
            if (length < size) throw new IOException("a block has " + length + " bytes and not " + size);
            return plain;
        } catch (DataFormatException e) {
            throw new IOException("a block cannot be unpacked", e);
        } finally {
            inflater.end();
        }
    }
}
