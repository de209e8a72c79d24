package io.cardume.manager;

import io.cardume.api.NodeId;
import io.cardume.api.PrivateFile;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.StoreException;
import io.cardume.manager.trust.Digits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files the manager keeps beside its log; each is replaced whole or not at all, and only its owner may read it. */
final class DataDirectory {
    /** The file of the token of the manager's own agent. */
    static final String OWN_TOKEN = "own-token";

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
