package io.cardume.manager.http;

import io.cardume.manager.loop.Acting;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.Refusal;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the loop for commands in the name of a request's caller and waits until they are stored. */
final class Asking {
    private static final long PATIENCE_SECONDS = 60;
    private static final List<String> UNKNOWN = List.of("it is not known whether anything was changed");

    private final ManagerLoop loop;

    Asking(ManagerLoop loop) {
        this.loop = loop;
    }

    /** Whether a command could be done; a refusal says that it could not. */
    boolean tried(Exchange exchange, Command<?> command) {
        try {
            done(exchange, command);
            return true;
        } catch (ApiException e) {
            if (e.status() >= 500) throw e;
            return false;
        }
    }

    /** What a command would answer now; nothing is changed. */
    <A> A tryOut(Exchange exchange, Command<A> command) {
        try {
            return loop.tryOut(new Acting<>(exchange.caller().actor(), command)).answer();
        } catch (Refusal e) {
            throw ApiException.of(e);
        }
    }

    /** What a command answers; its refusal becomes the request's. */
    <A> A done(Exchange exchange, Command<A> command) {
        try {
            var done = loop.submit(new Acting<>(exchange.caller().actor(), command)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            exchange.touched(done.touched());
            return done.answer();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                if (refusal.kind() == Refusal.Kind.UNAVAILABLE && refusal.brief().isPresent()) exchange.touched(UNKNOWN);
                throw ApiException.of(refusal);
            }
            throw new IllegalStateException("a command failed", e.getCause());
        } catch (TimeoutException e) {
            exchange.touched(UNKNOWN);
            throw new ApiException(503, "the manager did not store the change within " + PATIENCE_SECONDS
                    + " s; it may still be stored: read before you try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(503, "the manager is stopping");
        }
    }
}
