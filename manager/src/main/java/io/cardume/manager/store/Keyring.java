package io.cardume.manager.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.cardume.api.Json;
import io.cardume.api.PrivateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a data directory, in its file {@code keys}: those the log is sealed with, and the one of registry logins. The file
 * is replaced whole or not at all, and {@code keys.copy} is the same once more, since nothing is readable without it. May be
 * used from any thread.
 *
 * <p>The file may itself be sealed by an unlock key. A new unlock key counts from when it was {@link #shown shown} to somebody:
 * until then the file opens as it did before too, for nobody could open it otherwise.
 */
public final class Keyring implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Keyring.class);
    private static final int FORMAT = 1;
    private static final int SALT_BYTES = 16;
    private static final int TAG_BITS = 128;
    private static final byte[] PURPOSE = "cardume keys".getBytes(StandardCharsets.US_ASCII);

    /** What the file says: one of the two. */
    private record Form(int v, Optional<Contents> open, @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Sealed> sealed) {
        Form {
            sealed = sealed == null ? List.of() : List.copyOf(sealed);
            open = open == null ? Optional.empty() : open;
        }
    }

    /** The contents, sealed by one unlock key. */
    private record Sealed(byte[] salt, byte[] bytes) {}

    private record Key(int id, byte[] bytes) {}

    /**
     * All that is kept.
     *
     * @param vault the key of registry logins
     * @param data the keys of the log, the newest last
     * @param unlock the text of the unlock key that counts
     * @param unseen the text of an unlock key that nobody was shown yet
     */
    private record Contents(byte[] vault, List<Key> data, Optional<String> unlock, Optional<String> unseen) {
        Contents {
            data = List.copyOf(data);
            unlock = unlock == null ? Optional.empty() : unlock;
            unseen = unseen == null ? Optional.empty() : unseen;
        }

        static Contents fresh() {
            var vault = new byte[DataKey.BYTES];
            new SecureRandom().nextBytes(vault);
            return new Contents(vault, List.of(), Optional.empty(), Optional.empty()).withNewDataKey();
        }

        int newest() {
            return data.getLast().id;
        }

        Contents withNewDataKey() {
            var key = DataKey.fresh(data.isEmpty() ? 1 : newest() + 1);
            return new Contents(vault, Stream.concat(data.stream(), Stream.of(new Key(key.id(), key.bytes()))).toList(), unlock, unseen);
        }

        Contents unlockedBy(Optional<String> counts, Optional<String> notSeen) {
            return new Contents(vault, data, counts, notSeen);
        }

        Contents onlyData(Set<Integer> ids) {
            return new Contents(vault, data.stream().filter(key -> ids.contains(key.id) || key.id == newest()).toList(), unlock, unseen);
        }

        Seal seal() {
            SortedMap<Integer, DataKey> all = new TreeMap<>();
            for (Key key : data) all.put(key.id, new DataKey(key.id, key.bytes));
            return new Seal(all, newest());
        }

        @Override
        public String toString() {
            return data.size() + " keys";
        }
    }

    private final Path file;
    private final Path copy;
    private final DirectoryLock lock;
    private List<Sealed> sealed = List.of();
    private Optional<Contents> contents = Optional.empty();
    private volatile Optional<Seal> seal = Optional.empty();

    private Keyring(Path directory, DirectoryLock lock) {
        this.file = directory.resolve("keys");
        this.copy = directory.resolve("keys.copy");
        this.lock = lock;
    }

    /**
     * Opens the keys of a data directory, which is there; makes them where there never was a log. Nobody else can open them
     * until this is closed.
     *
     * @param log where the log is, or will be
     * @throws StoreException if another manager has them open, or if they are damaged or missing: says what to do
     */
    public static Keyring open(Path directory, Path log) throws StoreException {
        var lock = DirectoryLock.take(directory);
        try {
            var keyring = new Keyring(directory, lock);
            keyring.read(log);
            return keyring;
        } catch (IOException e) {
            lock.close();
            throw new StoreException("the keys in " + directory + " cannot be used: " + e.getMessage(), e);
        } catch (StoreException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Forgets all keys for good, and closes. */
    public synchronized void forget() throws IOException {
        // While the first of the two is there, the other one is made from it.
        Files.deleteIfExists(copy);
        Files.deleteIfExists(file);
        close();
    }

    private synchronized void read(Path log) throws IOException, StoreException {
        if (!Files.exists(file) && !Files.exists(copy)) {
            if (isThere(log)) throw new StoreException("the keys of the log, " + file + ", are missing, and the log in " + log
                    + " cannot be read without them; put back all of " + file.getParent() + " from one backup");
            write(Contents.fresh());
            return;
        }
        var form = form(file);
        if (form.isEmpty()) {
            form = form(copy);
            if (form.isEmpty()) throw new StoreException("the keys of the log are damaged, " + file + " as well as " + copy
                    + ", and the log cannot be read without them; put back one of the two from a backup");
            LOG.warn("{} is damaged or missing and is made anew of {}", file, copy);
            PrivateFile.replace(file, Files.readAllBytes(copy));
        } else if (!Files.exists(copy) || !Arrays.equals(Files.readAllBytes(file), Files.readAllBytes(copy))) {
            PrivateFile.replace(copy, Files.readAllBytes(file));
        }
        form.get().open.ifPresent(this::opened);
        sealed = form.get().sealed;
        if (contents.isPresent() && autolocks())
            LOG.warn("Autolock was asked for and its key was never shown, so the manager is not locked yet;"
                    + " \"docker swarm unlock-key\" shows the key");
    }

    private static boolean isThere(Path log) throws IOException {
        if (!Files.isDirectory(log)) return false;
        try (Stream<Path> files = Files.list(log)) {
            return files.anyMatch(Files::isDirectory);
        }
    }

    /** What a file says; empty if it is missing or damaged. */
    private static Optional<Form> form(Path from) throws IOException, StoreException {
        if (!Files.exists(from)) return Optional.empty();
        var text = new String(Files.readAllBytes(from), StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        if (end < 0 || !text.substring(end + 1).equals(digest(text.substring(0, end)) + "\n")) return Optional.empty();
        var read = Json.lenient().readValue(text.substring(0, end), Form.class);
        if (read.v != FORMAT)
            throw new StoreException(from + " is written in format " + read.v + ", and this version reads format " + FORMAT);
        return Optional.of(read);
    }

    private static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    private void opened(Contents what) {
        contents = Optional.of(what);
        seal = Optional.of(what.seal());
    }

    /** What the keys become: on disk first, then used. */
    private void write(Contents next) throws StoreException {
        try {
            var unlocks = Stream.of(next.unlock, next.unseen).flatMap(Optional::stream).map(UnlockKey::parse).flatMap(Optional::stream).toList();
            boolean isSealed = next.unlock.isPresent();
            var form = isSealed
                    ? new Form(FORMAT, Optional.empty(), unlocks.stream().map(key -> sealed(next, key)).toList())
                    : new Form(FORMAT, Optional.of(next), List.of());
            var text = Json.lenient().writeValueAsString(form);
            var bytes = (text + "\n" + digest(text) + "\n").getBytes(StandardCharsets.UTF_8);
            PrivateFile.replace(file, bytes);
            PrivateFile.replace(copy, bytes);
            sealed = form.sealed;
            boolean sameData = contents.isPresent() && contents.get().data.equals(next.data);
            contents = Optional.of(next);
            if (!sameData) seal = Optional.of(next.seal());
        } catch (IOException e) {
            throw new StoreException("the keys in " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static Sealed sealed(Contents what, UnlockKey by) {
        try {
            var salt = new byte[SALT_BYTES];
            new SecureRandom().nextBytes(salt);
            return new Sealed(salt, cipher(Cipher.ENCRYPT_MODE, by, salt).doFinal(Json.lenient().writeValueAsBytes(what)));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("the keys cannot be sealed", e);
        }
    }

    private static Optional<Contents> opened(Sealed what, UnlockKey by) throws IOException {
        try {
            return Optional.of(Json.lenient().readValue(cipher(Cipher.DECRYPT_MODE, by, what.salt).doFinal(what.bytes), Contents.class));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    /** The derived key is used once, for a salt is; so the nonce may always be the same. */
    private static Cipher cipher(int mode, UnlockKey key, byte[] salt) throws GeneralSecurityException {
        SecretKey derived = DataKey.derived(key.bytes(), salt, PURPOSE);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, derived, new GCMParameterSpec(TAG_BITS, new byte[12]));
        cipher.updateAAD(PURPOSE);
        return cipher;
    }

    /** Whether nothing can be read before {@link #unlock}. */
    public synchronized boolean isLocked() {
        return contents.isEmpty();
    }

    /**
     * Opens what is sealed.
     *
     * @param text an unlock key as it was shown
     * @return whether it is open now: the key is one it was sealed by
     * @throws StoreException if the file cannot be read or written
     */
    public synchronized boolean unlock(String text) throws StoreException {
        var key = UnlockKey.parse(text);
        if (key.isEmpty()) return false;
        var printed = Optional.of(key.get().text());
        if (contents.isPresent()) return known().unlock.equals(printed) || known().unseen.equals(printed);
        try {
            for (Sealed one : sealed) {
                var found = opened(one, key.get());
                if (found.isEmpty()) continue;
                opened(found.get());
                // Whoever has it was shown it, though the manager had no time to note that.
                shown(key.get().text());
                return true;
            }
            return false;
        } catch (StoreException e) {
            contents = Optional.empty();
            seal = Optional.empty();
            throw e;
        } catch (IOException e) {
            throw new StoreException("what " + file + " holds cannot be understood: " + e.getMessage(), e);
        }
    }

    /** Whether the keys are sealed, or will be once the unlock key was shown. */
    public synchronized boolean autolocks() {
        return known().unlock.isPresent() || known().unseen.isPresent();
    }

    /** The newest unlock key; empty while there is none. Whoever gives it to somebody says so by {@link #shown}. */
    public synchronized Optional<String> unlockKey() {
        return known().unseen.or(known()::unlock);
    }

    /**
     * Somebody has this unlock key: if it is the newest, it alone counts from now on. There is a new data key then, which was never
     * on the disk in clear, nor within reach of an older unlock key.
     */
    public synchronized void shown(String key) throws StoreException {
        if (known().unseen.equals(Optional.of(key))) write(known().unlockedBy(Optional.of(key), Optional.empty()).withNewDataKey());
    }

    /** Seals the keys with an unlock key from when it is {@link #shown}, a fresh one unless there is one; or opens them for good. */
    public synchronized void autolock(boolean on) throws StoreException {
        if (on == autolocks()) return;
        write(on ? known().unlockedBy(Optional.empty(), Optional.of(UnlockKey.fresh().text()))
                : known().unlockedBy(Optional.empty(), Optional.empty()));
    }

    /** A new unlock key, where there is one. */
    public synchronized void rotate() throws StoreException {
        if (autolocks()) write(known().unlockedBy(known().unlock, Optional.of(UnlockKey.fresh().text())));
    }

    /** A new key for all that is written to the log from now on; what is there stays readable. */
    public synchronized void rotateData() throws StoreException {
        write(known().withNewDataKey());
    }

    /** Only these keys of the log and the newest are needed any more. */
    synchronized void onlyNeeds(Set<Integer> ids) throws StoreException {
        var next = known().onlyData(ids);
        if (next.data.size() < known().data.size()) write(next);
    }

    /** The key of registry logins. */
    public synchronized byte[] vaultKey() {
        return known().vault.clone();
    }

    /** Where the keys are. */
    Path path() {
        return file;
    }

    /** What the log is sealed with now. */
    Seal seal() {
        return seal.orElseThrow(() -> new IllegalStateException("the keys are locked"));
    }

    private Contents known() {
        return contents.orElseThrow(() -> new IllegalStateException("the keys are locked"));
    }

    @Override
    public void close() {
        lock.close();
    }
}
