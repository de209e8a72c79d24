package io.cardume.manager.link;

import io.cardume.api.trust.JoinToken;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.EndRotation;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.trust.Digits;

/** Ends the rotation of the root when every node has a certificate of the new one; asks again whenever that may have come true. */
final class RotationEnd implements AutoCloseable {
    private final ManagerLoop loop;
    private final Runnable unsubscribe;

    RotationEnd(ManagerLoop loop) {
        this.loop = loop;
        this.unsubscribe = loop.subscribe(this::committed);
    }

    /** Looks whether the manager was stopped between the last certificate and the end. */
    void look() {
        look(loop.published());
    }

    private void committed(Committed committed) {
        for (Change change : committed.transaction().changes()) {
            if (change instanceof Change.NodePut || change instanceof Change.NodeRemoved || change instanceof Change.AuthorityPut) {
                look(committed.after());
                return;
            }
        }
    }

    private void look(ClusterState state) {
        if (state.cluster().isEmpty() || !EndRotation.isDue(state)) return;
        var next = state.authority().orElseThrow().issuer().digest();
        // A refusal says that it is not due any more; the next change tells.
        loop.submit(new EndRotation(next, new JoinToken(next, Digits.fresh()).text(), new JoinToken(next, Digits.fresh()).text()));
    }

    @Override
    public void close() {
        unsubscribe.run();
    }
}
