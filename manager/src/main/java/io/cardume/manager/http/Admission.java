package io.cardume.manager.http;

import io.cardume.manager.gate.Bodies;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.gate.OpenStreams;
import io.cardume.manager.gate.Origin;
import io.cardume.manager.gate.Rates;
import io.cardume.manager.gate.Visit;

/** Whether a request is served: not if its caller asks too often, or has too much open. Those of this host may ask as often as they like. */
final class Admission {
    private final Limits limits;
    private final Rates rates;
    private final OpenStreams streams;
    private final Bodies bodies;

    Admission(Limits limits) {
        this.limits = limits;
        int bytes = limits.of(Limits.Name.API_BODY_BYTES);
        this.bodies = new Bodies(bytes, bytes / 2, limits.patience().turn(), limits.patience().turn().multipliedBy(2));
        this.rates = new Rates(limits.of(Limits.Name.API_REQUESTS_PER_SECOND), limits.of(Limits.Name.API_REQUESTS_AT_ONCE), System::nanoTime);
        this.streams = new OpenStreams(limits.of(Limits.Name.API_STREAMS), limits.of(Limits.Name.API_STREAMS_PER_CALLER));
    }

    /** Refuses a request that is one too many. */
    void admit(Exchange exchange) {
        if (exchange.visit().filter(Visit::isSurplus).isPresent()) {
            exchange.closes();
            exchange.retryAfter(1);
            throw new ApiException(503, "there are as many connections as there may be, in all (" + limits.of(Limits.Name.API_CONNECTIONS)
                    + ", " + Limits.Name.API_CONNECTIONS.word() + ") or from " + origin(exchange) + " ("
                    + limits.of(Limits.Name.API_CONNECTIONS_PER_CALLER) + ", " + Limits.Name.API_CONNECTIONS_PER_CALLER.word()
                    + "), and all are in use; close some");
        }
        var origin = origin(exchange);
        if (origin.isLocal()) return;
        var wait = rates.take(origin);
        if (wait.isZero()) return;
        long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        exchange.retryAfter(seconds);
        throw new ApiException(429, "too many requests from " + origin + ": there may be " + limits.of(Limits.Name.API_REQUESTS_PER_SECOND)
                + " a second on the average (" + Limits.Name.API_REQUESTS_PER_SECOND.word() + "), and "
                + limits.of(Limits.Name.API_REQUESTS_AT_ONCE) + " at once (" + Limits.Name.API_REQUESTS_AT_ONCE.word() + "); try again in "
                + seconds + " s");
    }

    /** The body of a request, as it comes: a user's, wherever it comes from, once it is known whose it is. */
    Bodies.Body body(Exchange exchange) {
        var origin = origin(exchange);
        var caller = origin.isLocal() ? origin : exchange.known().flatMap(Caller::user).map(user -> Origin.user(user.name().value())).orElse(origin);
        var visit = exchange.visit();
        return bodies.of(caller, () -> visit.ifPresent(Visit::giveWay));
    }

    /** Room for a stream, until it is closed. */
    OpenStreams.Open stream(Exchange exchange) {
        return stream(exchange, false);
    }

    /** The same for a command in a container, for which some room is kept. */
    OpenStreams.Open command(Exchange exchange) {
        return stream(exchange, true);
    }

    private OpenStreams.Open stream(Exchange exchange, boolean command) {
        try {
            return streams.open(origin(exchange), command);
        } catch (OpenStreams.TooMany e) {
            exchange.retryAfter(5);
            throw new ApiException(429, e.getMessage());
        }
    }

    private static Origin origin(Exchange exchange) {
        return exchange.visit().map(Visit::origin).orElseGet(() -> new Origin(""));
    }
}
