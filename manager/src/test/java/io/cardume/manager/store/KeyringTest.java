package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyringTest {
    private static final byte[] PLAIN = "what must be readable again".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private Path file;
    private Path copy;
    private byte[] entry;
    private byte[] vault;

    @BeforeEach
    void keysThatSealedAnEntry() throws Exception {
        file = directory.resolve("keys");
        copy = directory.resolve("keys.copy");
        try (var keys = open()) {
            entry = keys.seal().entry(1, PLAIN);
            vault = keys.vaultKey();
        }
    }

    private Keyring open() throws StoreException {
        return Keyring.open(directory, directory.resolve("log"));
    }

    private void expectOpen(Keyring keys) throws Exception {
        assertThat(keys.isLocked()).isFalse();
        assertThat(keys.seal().open(entry)).isEqualTo(PLAIN);
        assertThat(keys.vaultKey()).isEqualTo(vault);
    }

    private void expectLocked(String... unlockedBy) throws Exception {
        for (String key : unlockedBy) {
            var before = Files.readAllBytes(file);
            try (var keys = open()) {
                assertThat(keys.isLocked()).isTrue();
                assertThatThrownBy(keys::seal).isInstanceOf(IllegalStateException.class);
                assertThat(keys.unlock(UnlockKey.fresh().text())).isFalse();
                assertThat(keys.unlock(key)).isTrue();
                expectOpen(keys);
            }
            Files.write(file, before);
        }
    }

    @Test
    void keysAreTheOwnersAloneAndTheSameAtEveryStart() throws Exception {
        for (Path one : new Path[] {file, copy})
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one))).isEqualTo("rw-------");
        try (var keys = open()) {
            expectOpen(keys);
        }
    }

    @Test
    void secondManagerIsRefused() throws Exception {
        try (var _ = open()) {
            assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessageContaining("another manager uses " + directory);
        }
    }

    @Test
    void anyDamageToOneOfTheTwoFilesIsMended() throws Exception {
        var whole = Files.readAllBytes(file);
        var random = new SplittableRandom(3);
        for (int i = 0; i < 100; i++) {
            var damaged = i % 2 == 0 ? whole.clone() : Arrays.copyOf(whole, random.nextInt(whole.length));
            if (i % 2 == 0) damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(i % 3 == 0 ? copy : file, damaged);
            try (var keys = open()) {
                expectOpen(keys);
            }
            assertThat(Files.readAllBytes(file)).isEqualTo(whole);
            assertThat(Files.readAllBytes(copy)).isEqualTo(whole);
        }
    }

    @Test
    void damageToBothIsRefusedAndNothingIsMadeAnew() throws Exception {
        for (Path one : new Path[] {file, copy}) Files.write(one, Arrays.copyOf(Files.readAllBytes(one), 40));
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessageContainingAll(file.toString(), copy.toString(), "backup");
        assertThat(Files.size(file)).isEqualTo(40);
    }

    @Test
    void missingKeysOfALogAreNotMadeAnew() throws Exception {
        Files.delete(file);
        Files.delete(copy);
        Files.createDirectories(directory.resolve("log/some-group"));
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessageContainingAll("are missing", "backup");
        assertThat(file).doesNotExist();
    }

    @Test
    void unlockKeyCountsFromWhenItWasShown() throws Exception {
        try (var keys = open()) {
            assertThat(keys.unlockKey()).isEmpty();
            keys.autolock(true);
            assertThat(keys.autolocks()).isTrue();
            expectOpen(keys);
        }
        String key;
        try (var keys = open()) {
            expectOpen(keys);
            key = keys.unlockKey().orElseThrow();
            keys.shown(key);
        }
        expectLocked(key);
        assertThat(Files.readString(file)).doesNotContain(key).contains("sealed").isEqualTo(Files.readString(copy));
    }

    @Test
    void oldUnlockKeyOpensUntilTheNewOneWasShownAndNotAfter() throws Exception {
        String old;
        String fresh;
        try (var keys = open()) {
            keys.autolock(true);
            old = keys.unlockKey().orElseThrow();
            keys.shown(old);
            keys.rotate();
            fresh = keys.unlockKey().orElseThrow();
        }
        assertThat(fresh).isNotEqualTo(old).startsWith("SWMKEY-1-").hasSize(52);
        expectLocked(old, fresh);
        try (var keys = open()) {
            keys.unlock(old);
            assertThat(keys.unlockKey()).contains(fresh);
            keys.shown(fresh);
        }
        expectLocked(fresh);
        try (var keys = open()) {
            assertThat(keys.unlock(old)).isFalse();
        }
    }

    @Test
    void whoeverUnlocksWithTheNewKeyHasSeenIt() throws Exception {
        String old;
        String fresh;
        try (var keys = open()) {
            keys.autolock(true);
            old = keys.unlockKey().orElseThrow();
            keys.shown(old);
            keys.rotate();
            fresh = keys.unlockKey().orElseThrow();
        }
        try (var keys = open()) {
            assertThat(keys.unlock(fresh)).isTrue();
        }
        try (var keys = open()) {
            assertThat(keys.unlock(old)).isFalse();
            assertThat(keys.unlock(fresh)).isTrue();
        }
    }

    @Test
    void lastKeyThatWasShownUnlocksAfterSigkillAtAnyInstant() throws Exception {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        var last = "";
        for (int round = 0; round < 6; round++) {
            last = rotateUntilKilled(last, random.nextInt(2, 60));
            try (var keys = open()) {
                assertThat(keys.isLocked()).as("seed %d, round %d", seed, round).isTrue();
                assertThat(keys.unlock(last)).as("seed %d, round %d", seed, round).isTrue();
                expectOpen(keys);
            }
        }
    }

    /** The last key a child said, which was killed {@code after} keys. */
    private String rotateUntilKilled(String unlock, int after) throws Exception {
        var child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", Rotator.class.getName(),
                directory.toString(), unlock).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var said = new ArrayList<String>();
        try (var lines = new BufferedReader(new InputStreamReader(child.getInputStream()))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("SWMKEY-1-") && line.length() == 52) said.add(line);
                if (said.size() == after) child.toHandle().destroyForcibly();
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).hasSizeGreaterThanOrEqualTo(after);
        return said.getLast();
    }

    /** A process that rotates keys until it is killed, and shows each. */
    static final class Rotator {
        public static void main(String[] arguments) throws Exception {
            var directory = Path.of(arguments[0]);
            var keys = Keyring.open(directory, directory.resolve("log"));
            if (keys.isLocked()) keys.unlock(arguments[1]);
            keys.autolock(true);
            while (true) {
                var key = keys.unlockKey().orElseThrow();
                System.out.println(key);
                keys.shown(key);
                keys.rotate();
            }
        }
    }

    private static int dataKey(Keyring keys) throws Exception {
        return Seal.headOfEntry(keys.seal().entry(2, PLAIN)).key();
    }

    @Test
    void dataKeyIsNewOnceAnUnlockKeyAloneCountsAndNotBefore() throws Exception {
        try (var keys = open()) {
            keys.autolock(true);
            assertThat(dataKey(keys)).isEqualTo(1);
            assertThat(Files.readString(file).split("\"id\"")).hasSize(2);
            keys.shown(keys.unlockKey().orElseThrow());
            assertThat(dataKey(keys)).isEqualTo(2);
            keys.rotate();
            assertThat(dataKey(keys)).isEqualTo(2);
            keys.shown("SWMKEY-1-another");
            assertThat(dataKey(keys)).isEqualTo(2);
            keys.shown(keys.unlockKey().orElseThrow());
            assertThat(dataKey(keys)).isEqualTo(3);
            expectOpen(keys);
        }
    }

    @Test
    void openKeysAreUnlockedByTheirKeyAlone() throws Exception {
        String key;
        try (var keys = open()) {
            assertThat(keys.unlock(UnlockKey.fresh().text())).isFalse();
            keys.autolock(true);
            key = keys.unlockKey().orElseThrow();
            keys.shown(key);
        }
        try (var keys = open()) {
            assertThat(keys.unlock(key)).isTrue();
            assertThat(keys.unlock(UnlockKey.fresh().text())).isFalse();
            assertThat(keys.unlock(key)).isTrue();
        }
    }

    @Test
    void keysThatCannotBeWrittenWhenTheyAreUnlockedStayLocked() throws Exception {
        String fresh;
        try (var keys = open()) {
            keys.autolock(true);
            keys.shown(keys.unlockKey().orElseThrow());
            keys.rotate();
            fresh = keys.unlockKey().orElseThrow();
        }
        // A directory where the new file would be written stands for a disk that takes nothing.
        Files.createDirectories(directory.resolve("keys.next/full"));
        try (var keys = open()) {
            assertThatThrownBy(() -> keys.unlock(fresh)).isInstanceOf(StoreException.class).hasMessageContaining("cannot be written");
            assertThat(keys.isLocked()).isTrue();
            assertThat(keys.unlock(UnlockKey.fresh().text())).isFalse();
        }
    }

    @Test
    void autolockTurnedOffOpensTheKeysForGood() throws Exception {
        try (var keys = open()) {
            keys.autolock(true);
            keys.shown(keys.unlockKey().orElseThrow());
            keys.autolock(false);
            assertThat(keys.autolocks()).isFalse();
            assertThat(keys.unlockKey()).isEmpty();
        }
        try (var keys = open()) {
            expectOpen(keys);
        }
    }

    @Test
    void newDataKeySealsAndTheOldOneOpensUntilItIsNotNeeded() throws Exception {
        try (var keys = open()) {
            keys.rotateData();
            assertThat(Seal.headOfEntry(keys.seal().entry(2, PLAIN)).key()).isEqualTo(2);
            keys.onlyNeeds(Set.of(1, 2));
            expectOpen(keys);
            keys.onlyNeeds(Set.of(2));
            assertThat(keys.seal().has(1)).isFalse();
            assertThat(keys.seal().has(2)).isTrue();
        }
        try (var keys = open()) {
            assertThat(keys.seal().has(1)).isFalse();
            keys.rotateData();
            assertThat(keys.seal().has(3)).isTrue();
        }
    }

    @Test
    void textThatIsNoUnlockKeyOpensNothing() throws Exception {
        try (var keys = open()) {
            keys.autolock(true);
            keys.shown(keys.unlockKey().orElseThrow());
        }
        try (var keys = open()) {
            for (String text : new String[] {"", "x", "SWMKEY-1-", "SWMKEY-1-abc", "SWMKEY-1-" + "*".repeat(43)})
                assertThat(keys.unlock(text)).as(text).isFalse();
        }
    }

    @Test
    void laterFormatIsRefusedByName() throws Exception {
        var text = "{\"v\":2}";
        var digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        Files.writeString(file, text + "\n" + digest + "\n");
        assertThatThrownBy(this::open).isInstanceOf(StoreException.class).hasMessage(file + " is written in format 2, and this version reads format 1");
    }
}
