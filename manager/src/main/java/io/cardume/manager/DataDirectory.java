package io.cardume.manager;

import io.cardume.api.NodeId;
import io.cardume.api.PrivateFile;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.StoreException;
import io.cardume.manager.trust.Digits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/** Files the manager keeps beside its log; each is replaced whole or not at all, and only its owner may read it. */
final class DataDirectory {
    /** The file of the token of the manager's own agent. */
    static final String OWN_TOKEN = "own-token";

    private static final String LEAVING = "leaving";
    private static final String LEFT = "left";

    private final Path path;

    /** Makes the directory if it is missing. */
    DataDirectory(Path path) throws IOException {
        this.path = path;
        if (!Files.isDirectory(path))
            Files.createDirectories(path,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** Where the log is. */
    Path log() {
        return path.resolve("log");
    }

    /** Where it is written who changed what. */
    Path audit() {
        return path.resolve("audit.log");
    }

    /** Whether a cluster was being left and its log is gone already: this is to be gone on with. Where the log is there, nothing was lost yet, or it was put back. */
    boolean isLeaving() throws IOException {
        if (!Files.exists(mark()) || !Files.readString(mark()).strip().equals(LEAVING)) return false;
        if (!Files.exists(log())) return true;
        Files.delete(mark());
        return false;
    }

    /** Whether the cluster that was kept here was left, and not everybody knows. */
    boolean hasLeft() throws IOException {
        return Files.exists(mark());
    }

    /** Everybody knows that the cluster that was kept here was left. */
    void leftIsKnown() throws IOException {
        Files.deleteIfExists(mark());
    }

    private Path mark() {
        return path.resolve("left");
    }

    /**
     * Gives up the cluster that is kept here, and the keys it is sealed with; its node id and the audit log stay. What is broken off once the
     * log has gone is gone on with at the next start, for it is marked.
     *
     * @param keys closed by this
     */
    void leave(Keyring keys) throws IOException {
        PrivateFile.replace(mark(), LEAVING);
        if (Files.exists(log())) Files.move(log(), path.resolve("left-" + Digits.fresh()), StandardCopyOption.ATOMIC_MOVE);
        try (var files = Files.list(path)) {
            for (Path old : files.filter(file -> file.getFileName().toString().startsWith("left-")).toList()) delete(old);
        }
        noJoinToken();
        keys.forget();
        PrivateFile.replace(mark(), LEFT);
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    /** The node id of this manager: the same at every start. */
    NodeId nodeId() throws IOException {
        var file = path.resolve("node-id");
        if (!Files.exists(file)) PrivateFile.replace(file, Digits.fresh());
        return new NodeId(Files.readString(file).strip());
    }

    /** What is secret in it is sealed with these; made at the first start. */
    Keyring keys() throws StoreException {
        return Keyring.open(path, log());
    }

    /** Leaves the join token where an agent on this host finds it. */
    void joinToken(String token) throws IOException {
        PrivateFile.replace(joinTokenFile(), token);
    }

    /** Leaves the token with which the agent in the manager's own process joins, as the manager's node. */
    void ownToken(String token) throws IOException {
        PrivateFile.replace(path.resolve(OWN_TOKEN), token);
    }

    /** That token is not there any more. */
    void noOwnToken() throws IOException {
        Files.deleteIfExists(path.resolve(OWN_TOKEN));
    }

    /** There is no token any more. */
    void noJoinToken() throws IOException {
        Files.deleteIfExists(joinTokenFile());
        Files.deleteIfExists(path.resolve(OWN_TOKEN));
    }

    /** Where the join token of workers is. */
    Path joinTokenFile() {
        return path.resolve("join-token");
    }
}
