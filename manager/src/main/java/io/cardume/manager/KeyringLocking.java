package io.cardume.manager;

import io.cardume.manager.http.Locking;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.StoreException;
import java.io.IOException;
import java.util.Optional;

/**
 * The keys of the data directory, as the API knows them.
 *
 * @param changed told when they were locked or opened for good
 */
record KeyringLocking(Keyring keys, Runnable changed) implements Locking {
    private interface Change {
        void done() throws StoreException;
    }

    private static void kept(Change change) throws IOException {
        try {
            change.done();
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public boolean autolocks() {
        return keys.autolocks();
    }

    @Override
    public Optional<String> unlockKey() {
        return keys.unlockKey();
    }

    @Override
    public void shown(String key) throws IOException {
        kept(() -> keys.shown(key));
        changed.run();
    }

    @Override
    public void autolock(boolean on) throws IOException {
        kept(() -> keys.autolock(on));
        changed.run();
    }

    @Override
    public void rotate() throws IOException {
        kept(keys::rotate);
    }

    @Override
    public void rotateData() throws IOException {
        kept(keys::rotateData);
    }
}
