package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * The file a container sees a secret or a config as.
 *
 * @param name its path; a relative one is under {@code /run/secrets} for a secret and under {@code /} for a config
 * @param uid owner, a number as text
 * @param gid group, a number as text
 * @param mode permission bits; absent = 0444
 */
public record FileTarget(
        @JsonProperty("Name") String name,
        @JsonProperty("UID") String uid,
        @JsonProperty("GID") String gid,
        @JsonProperty("Mode") Optional<Long> mode) {
    public FileTarget {
        name = Copies.text(name);
        uid = Copies.text(uid);
        gid = Copies.text(gid);
        mode = Copies.optional(mode);
    }
}
