package io.cardume.api.link;

import io.cardume.api.BlobId;
import io.cardume.api.Copies;
import io.cardume.api.Payload;
import io.cardume.api.TaskId;
import java.util.Optional;

/**
 * The bytes of a secret or config, for the files of a node's tasks.
 *
 * @param blob which
 * @param task the only task they are for, if they are a template filled in for it
 * @param data the bytes
 */
public record Delivered(BlobId blob, Optional<TaskId> task, Payload data) {
    public Delivered {
        task = Copies.optional(task);
    }
}
