package io.cardume.agent.net;

import io.cardume.api.Ipv4;
import io.cardume.api.Subnet;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A network across hosts, as this host is to be part of it.
 *
 * @param vni the network's number, 24 bits
 * @param mtu bytes of its largest packet
 * @param subnet its addresses
 * @param internal whether its containers reach only each other
 * @param host this host's address as others know it
 * @param own this host's address on it beside the gateway, which is on every host: what it says itself comes from there
 * @param virtual the services' addresses, which are on every host
 * @param remotes the containers on other hosts, and those hosts' own addresses, each with the address of its host
 */
public record Overlay(
        int vni, int mtu, Subnet subnet, boolean internal, String host, Optional<Ipv4> own, SortedSet<Ipv4> virtual, SortedMap<Ipv4, String> remotes) {
    public Overlay {
        virtual = Collections.unmodifiableSortedSet(new TreeSet<>(virtual));
        remotes = Collections.unmodifiableSortedMap(new TreeMap<>(remotes));
    }

    /** The device that leads to the other hosts. */
    public String device() {
        return device(vni);
    }

    /** The engine's bridge. */
    public String bridge() {
        return bridge(vni);
    }

    /** The name of the device of a network's number. */
    public static String device(int vni) {
        return "cdmvx%06x".formatted(vni);
    }

    /** The name of the bridge of a network's number. */
    public static String bridge(int vni) {
        return "cdmbr%06x".formatted(vni);
    }

    /** The name of the bridge that a device of this name is joined to. */
    static String bridgeOf(String device) {
        return "cdmbr" + device.substring(device.length() - 6);
    }
}
