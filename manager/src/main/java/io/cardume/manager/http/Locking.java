package io.cardume.manager.http;

import java.io.IOException;
import java.util.Optional;

/** The lock on what the manager stores, as far as the API has to do with it. May be used from any thread. */
public interface Locking {
    /** Whether the manager is locked when it starts. */
    boolean autolocks();

    /** What it will be unlocked with; empty where it is not locked at its start. */
    Optional<String> unlockKey();

    /** This key was given to a client: from now on it alone unlocks, and there is a new data key. */
    void shown(String key) throws IOException;

    /** Locks the manager at its starts from when the key is {@link #shown}, or never more. */
    void autolock(boolean on) throws IOException;

    /** Another unlock key, which counts from when it is {@link #shown}. */
    void rotate() throws IOException;

    /** Another data key. */
    void rotateData() throws IOException;
}
