package io.cardume.api.link;

import java.time.Instant;

/**
 * One line of a container's log.
 *
 * @param stream 1 = standard output, 2 = standard error
 * @param at when the engine received it
 * @param text the line's bytes with its line end, if it had one
 */
public record LogLine(int stream, Instant at, byte[] text) {}
