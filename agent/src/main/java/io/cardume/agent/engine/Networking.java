package io.cardume.agent.engine;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import java.util.List;

/** On which networks of the engine a container is. */
public sealed interface Networking {
    /** Nothing was said: on the engine's default. */
    record Unsaid() implements Networking {}

    /** In one of the engine's own modes: {@code host}, {@code none} or {@code bridge}. */
    record Mode(String word) implements Networking {}

    /**
     * On networks across hosts, with addresses that are given.
     *
     * @param places at least one; the first is the one it is made on
     * @param resolvers addresses of name servers; empty = the engine's default
     */
    record On(List<Place> places, List<String> resolvers) implements Networking {
        public On {
            places = Copies.list(places);
            resolvers = Copies.list(resolvers);
        }
    }

    /** A network by the engine's name, and the container's address on it. */
    record Place(NetworkId network, String name, Ipv4 address) {}
}
