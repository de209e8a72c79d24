package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * An operating system and processor architecture.
 *
 * @param architecture as uname says ({@code x86_64}) or as Go says ({@code amd64}); empty = any
 * @param os {@code linux}; empty = any
 */
public record Platform(
        @JsonProperty("Architecture") String architecture,
        @JsonProperty("OS") String os) {
    public Platform {
        architecture = Copies.text(architecture);
        os = Copies.text(os);
    }
}
