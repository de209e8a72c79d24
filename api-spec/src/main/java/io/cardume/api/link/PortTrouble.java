package io.cardume.api.link;

/**
 * A published port that a node cannot answer on.
 *
 * @param protocol tcp or udp
 * @param port its number
 * @param words why, as a phrase; names the process that has it, if it is known
 */
public record PortTrouble(String protocol, int port, String words) {}
