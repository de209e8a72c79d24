package io.cardume.agent.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * Makes each image present once, however many callers wait for it at the same time.
 *
 * @param <K> what tells one pull from another
 */
final class Pulls<K> {
    /** Makes one image present. */
    interface Work<K> {
        void pull(K image) throws EngineException;
    }

    private final Work<K> work;
    private final ConcurrentHashMap<K, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    Pulls(Work<K> work) {
        this.work = work;
    }

    /** Joins the pull under way or begins one. An interrupted caller leaves; the pull goes on for the others. */
    void pull(K image) throws EngineException {
        var mine = new CompletableFuture<Void>();
        CompletableFuture<Void> running = underWay.putIfAbsent(image, mine);
        if (running == null) {
            Thread.ofVirtual().name("pull " + image).start(() -> perform(image, mine));
            running = mine;
        }
        try {
            running.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNREACHABLE, "interrupted: pull of " + image, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineException refused)
                throw new EngineException(refused.kind(), refused.getMessage(), refused);
            throw new IllegalStateException("pull of " + image, e.getCause());
        }
    }

    private void perform(K image, CompletableFuture<Void> outcome) {
        try {
            work.pull(image);
            underWay.remove(image, outcome);
            outcome.complete(null);
        } catch (EngineException | RuntimeException e) {
            underWay.remove(image, outcome);
            outcome.completeExceptionally(e);
        }
    }
}
