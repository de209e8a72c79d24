package io.cardume.agent.engine;

import io.cardume.api.ClusterId;
import io.cardume.api.NetworkId;
import io.cardume.api.TaskId;
import java.util.Collections;
import java.util.SortedMap;

/** The engine's bridges that are its part of networks across hosts. Every call blocks, ends within a limit, and may be repeated. */
public interface EngineNetworks {
    /** Those that carry the cluster's label, each with the engine's id for it. */
    SortedMap<NetworkId, String> all(ClusterId cluster) throws EngineException;

    /** Makes one; one that is there and is not so is made anew, unless containers run on it. */
    void make(EngineNetwork network, ClusterId cluster) throws EngineException;

    /** Removes one, unless containers run on it; does nothing if there is none. */
    void remove(NetworkId network, ClusterId cluster) throws EngineException;

    /** Puts a container that was made on the networks it is not on yet. */
    void join(TaskId task, Networking.On networking) throws EngineException;

    /** Of an engine that has none. */
    EngineNetworks NONE = new EngineNetworks() {
        @Override
        public SortedMap<NetworkId, String> all(ClusterId cluster) {
            return Collections.emptySortedMap();
        }

        @Override
        public void make(EngineNetwork network, ClusterId cluster) throws EngineException {
            throw new EngineException(EngineException.Kind.REFUSED, "this engine has no networks across hosts");
        }

        @Override
        public void remove(NetworkId network, ClusterId cluster) {}

        @Override
        public void join(TaskId task, Networking.On networking) {}
    };
}
