package io.cardume.agent.files;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.Payload;
import java.util.Optional;

/**
 * A file that a task's container is to have.
 *
 * @param reference which secret or config, and as what
 * @param data its bytes; empty if the manager has them no more
 * @param filled whether they are a template filled in, which may hold a secret
 */
public record GivenFile(BlobReference reference, Optional<Payload> data, boolean filled) {
    /** Whether it must never be on a disk. */
    boolean inMemory() {
        return filled || reference.kind() == BlobKind.SECRET;
    }

    /** What it is, in words. */
    String words() {
        return reference.kind().word() + " '" + reference.name() + "'";
    }
}
