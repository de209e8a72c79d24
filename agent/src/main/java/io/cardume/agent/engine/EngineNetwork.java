package io.cardume.agent.engine;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.Subnet;

/**
 * A bridge network of this host's engine that is its part of a network across hosts.
 *
 * @param id the network across hosts
 * @param name the engine's name for it
 * @param bridge the device
 * @param subnet its addresses
 * @param gateway the host's own address on it
 * @param mtu bytes of its largest packet
 * @param internal whether its containers reach only each other
 */
public record EngineNetwork(NetworkId id, String name, String bridge, Subnet subnet, Ipv4 gateway, int mtu, boolean internal) {}
