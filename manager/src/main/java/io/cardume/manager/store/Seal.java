package io.cardume.manager.store;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Seals what is written to disk, and opens it again: AES-256 in GCM. Each entry of the log says in its head, which is
 * authenticated with it, which transaction it is, so that entries cannot change places; a snapshot is a row of pieces, each
 * with its number, the last one marked, so that none can be left out.
 *
 * <p>What is sealed begins with {@link #HEAD_BYTES} bytes in clear: {@code C}, a form ({@code E} or {@code S}), the key's id
 * (4 bytes), a salt (16), the version (8). The cipher's key is derived of the data key and the salt. Entries share a salt for as
 * long as this object is used, and each has its own nonce, a counter that follows the head; a snapshot has a salt of its own.
 */
final class Seal {
    static final int HEAD_BYTES = 2 + 4 + 16 + 8;
    private static final byte MAGIC = 'C';
    private static final byte ENTRY = 'E';
    private static final byte SNAPSHOT = 'S';
    private static final int SALT_BYTES = 16;
    private static final int SALT_AT = 6;
    private static final int COUNTER_BYTES = 8;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int PIECE_BYTES = 64 << 10;
    private static final int LAST = 1 << 31;
    private static final byte[] ENTRY_PURPOSE = "cardume log entry".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SNAPSHOT_PURPOSE = "cardume snapshot".getBytes(StandardCharsets.US_ASCII);

    /** What the first bytes of something sealed say. */
    record Head(int key, long version) {}

    private record Derived(int key, byte[] salt, SecretKey secret) {
        boolean is(int other, byte[] otherSalt) {
            return key == other && Arrays.equals(salt, otherSalt);
        }
    }

    private final SortedMap<Integer, DataKey> keys;
    private final Derived writing;
    private long counter;
    private Optional<Cipher> sealing = Optional.empty();
    private volatile Optional<Derived> lastRead = Optional.empty();

    /**
     * @param keys all that may have to be opened with
     * @param newest the id of the one to seal with
     */
    Seal(SortedMap<Integer, DataKey> keys, int newest) {
        this.keys = new TreeMap<>(keys);
        this.writing = fresh(newest, ENTRY_PURPOSE);
    }

    private Derived fresh(int key, byte[] purpose) {
        var salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return new Derived(key, salt, keys.get(key).derived(salt, purpose));
    }

    /** Whether there is a key with this id. */
    boolean has(int key) {
        return keys.containsKey(key);
    }

    /** An entry of the log. */
    synchronized byte[] entry(long version, byte[] plain) {
        var sealed = ByteBuffer.allocate(HEAD_BYTES + COUNTER_BYTES + plain.length + TAG_BYTES);
        sealed.put(head(ENTRY, writing, version)).putLong(++counter);
        try {
            if (sealing.isEmpty()) sealing = Optional.of(cipher());
            var cipher = begun(sealing.get(), Cipher.ENCRYPT_MODE, writing.secret, counter);
            cipher.updateAAD(sealed.array(), 0, sealed.position());
            cipher.doFinal(plain, 0, plain.length, sealed.array(), sealed.position());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot seal", e);
        }
        return sealed.array();
    }

    /**
     * What an entry of the log holds.
     *
     * @throws IOException if it is not as it was sealed
     */
    byte[] open(byte[] entry) throws IOException {
        var head = head(entry, ENTRY);
        int body = HEAD_BYTES + COUNTER_BYTES;
        if (entry.length < body + TAG_BYTES) throw new IOException("it is too short");
        var secret = secret(head.key, entry, ENTRY_PURPOSE);
        try {
            var cipher = cipher(Cipher.DECRYPT_MODE, secret, ByteBuffer.wrap(entry).getLong(HEAD_BYTES));
            cipher.updateAAD(entry, 0, body);
            return cipher.doFinal(entry, body, entry.length - body);
        } catch (GeneralSecurityException e) {
            throw new IOException("it was changed after it was sealed with key " + head.key, e);
        }
    }

    private SecretKey secret(int key, byte[] head, byte[] purpose) throws IOException {
        var salt = Arrays.copyOfRange(head, SALT_AT, SALT_AT + SALT_BYTES);
        var known = lastRead.filter(last -> purpose == ENTRY_PURPOSE && last.is(key, salt));
        if (known.isPresent()) return known.get().secret;
        if (!has(key)) throw new IOException("it is sealed with key " + key + ", which is not among those that are known");
        var derived = new Derived(key, salt, keys.get(key).derived(salt, purpose));
        if (purpose == ENTRY_PURPOSE) lastRead = Optional.of(derived);
        return derived.secret;
    }

    /** What an entry of the log says of itself, nothing of which is proved. */
    static Head headOfEntry(byte[] entry) throws IOException {
        return head(entry, ENTRY);
    }

    /** What a snapshot says of itself, nothing of which is proved. */
    static Head headOfSnapshot(InputStream bytes) throws IOException {
        return head(bytes.readNBytes(HEAD_BYTES), SNAPSHOT);
    }

    private static Head head(byte[] sealed, byte form) throws IOException {
        if (sealed.length > 0 && (sealed[0] == '{' || sealed[0] == 0x1f))
            throw new IOException("it is not encrypted: it was written by a version that did not do so yet, which this one does not read");
        if (sealed.length < HEAD_BYTES || sealed[0] != MAGIC || sealed[1] != form) throw new IOException("it does not begin as it should");
        var head = ByteBuffer.wrap(sealed);
        return new Head(head.getInt(2), head.getLong(SALT_AT + SALT_BYTES));
    }

    private static byte[] head(byte form, Derived with, long version) {
        return ByteBuffer.allocate(HEAD_BYTES).put(MAGIC).put(form).putInt(with.key).put(with.salt).putLong(version).array();
    }

    private static Cipher cipher(int mode, SecretKey secret, long number) throws GeneralSecurityException {
        return begun(cipher(), mode, secret, number);
    }

    private static Cipher cipher() throws GeneralSecurityException {
        return Cipher.getInstance("AES/GCM/NoPadding");
    }

    private static Cipher begun(Cipher cipher, int mode, SecretKey secret, long number) throws GeneralSecurityException {
        var nonce = ByteBuffer.allocate(NONCE_BYTES).putLong(NONCE_BYTES - Long.BYTES, number).array();
        cipher.init(mode, secret, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        return cipher;
    }

    /** Takes a snapshot and writes it sealed; it is whole once this is closed, which does not close {@code to}. */
    OutputStream snapshot(long version, OutputStream to) throws IOException {
        var with = fresh(writing.key, SNAPSHOT_PURPOSE);
        var head = head(SNAPSHOT, with, version);
        to.write(head);
        return new Pieces(to, head, with.secret);
    }

    /**
     * What a snapshot holds.
     *
     * @throws IOException if it is not as it was sealed; so does reading what is given back
     */
    InputStream openSnapshot(InputStream from) throws IOException {
        var head = from.readNBytes(HEAD_BYTES);
        return new Opened(new DataInputStream(from), head, secret(head(head, SNAPSHOT).key, head, SNAPSHOT_PURPOSE));
    }

    private static byte[] pieceHead(byte[] head, long number, int length) {
        return ByteBuffer.allocate(head.length + Long.BYTES + Integer.BYTES).put(head).putLong(number).putInt(length).array();
    }

    private static final class Pieces extends FilterOutputStream {
        private final byte[] head;
        private final SecretKey secret;
        private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(PIECE_BYTES);
        private long number;
        private boolean closed;

        Pieces(OutputStream to, byte[] head, SecretKey secret) {
            super(to);
            this.head = head;
            this.secret = secret;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            int at = from;
            for (int left = count; left > 0; ) {
                if (gathered.size() == PIECE_BYTES) piece(0);
                int now = Math.min(left, PIECE_BYTES - gathered.size());
                gathered.write(bytes, at, now);
                at += now;
                left -= now;
            }
        }

        private void piece(int mark) throws IOException {
            int length = gathered.size() | mark;
            try {
                var cipher = cipher(Cipher.ENCRYPT_MODE, secret, ++number);
                cipher.updateAAD(pieceHead(head, number, length));
                out.write(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
                out.write(cipher.doFinal(gathered.toByteArray()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK cannot seal", e);
            }
            gathered.reset();
        }

        @Override
        public void flush() {
            // A piece is written when it is full; a short one would be the last.
        }

        @Override
        public void close() throws IOException {
            if (closed) return;
            closed = true;
            piece(LAST);
            out.flush();
        }
    }

    private static final class Opened extends InputStream {
        private final DataInputStream from;
        private final byte[] head;
        private final SecretKey secret;
        private byte[] piece = {};
        private int at;
        private long number;
        private boolean last;

        Opened(DataInputStream from, byte[] head, SecretKey secret) {
            this.from = from;
            this.head = head;
            this.secret = secret;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            if (count == 0) return 0;
            while (at == piece.length) {
                if (last) return -1;
                next();
            }
            int now = Math.min(count, piece.length - at);
            System.arraycopy(piece, at, into, offset, now);
            at += now;
            return now;
        }

        private void next() throws IOException {
            try {
                int length = from.readInt();
                int bytes = length & ~LAST;
                if (bytes > PIECE_BYTES) throw new IOException("piece " + (number + 1) + " is too long");
                var sealed = new byte[bytes + TAG_BYTES];
                from.readFully(sealed);
                var cipher = cipher(Cipher.DECRYPT_MODE, secret, ++number);
                cipher.updateAAD(pieceHead(head, number, length));
                piece = cipher.doFinal(sealed);
                at = 0;
                last = (length & LAST) != 0;
                if (last && from.read() >= 0) throw new IOException("there is something after its end");
            } catch (EOFException e) {
                throw new IOException("it ends after piece " + number + ", before its end", e);
            } catch (GeneralSecurityException e) {
                throw new IOException("piece " + number + " was changed after it was sealed", e);
            }
        }

        @Override
        public void close() throws IOException {
            from.close();
        }
    }
}
