package io.cardume.agent.net;

import io.cardume.api.Ipv4;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A network across hosts, as this host is to be part of it.
 *
 * @param vni the network's number, 24 bits
 * @param mtu bytes of its largest packet
 * @param host this host's address as others know it
 * @param remotes the containers on other hosts, each with the address of its host
 */
public record Overlay(int vni, int mtu, String host, SortedMap<Ipv4, String> remotes) {
    public Overlay {
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
}
