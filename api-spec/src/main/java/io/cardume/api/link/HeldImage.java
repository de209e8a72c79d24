package io.cardume.api.link;

import java.time.Instant;

/**
 * An image that an engine has.
 *
 * @param id the engine's id of it, the same on every engine that has this very image
 * @param createdAt when it was built
 */
public record HeldImage(String id, Instant createdAt) {
    public HeldImage {
        if (id == null || id.isEmpty()) throw new IllegalArgumentException("an image that an engine has has an id");
        createdAt = createdAt == null ? Instant.EPOCH : createdAt;
    }
}
