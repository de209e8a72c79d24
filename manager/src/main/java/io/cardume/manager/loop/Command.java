package io.cardume.manager.loop;

import io.cardume.manager.cluster.Draft;
import java.util.List;

/**
 * Something asked of the cluster.
 *
 * @param <A> what it answers once it is committed
 */
@FunctionalInterface
public interface Command<A> {
    /** Adds its changes to the draft, or refuses; what a refused command had added is taken back. */
    A apply(Draft draft) throws Refusal;

    /** The services, by name, of which it tells how they are even if it changes nothing. */
    default List<String> declares() {
        return List.of();
    }
}
