package io.cardume.manager.http;

import io.cardume.api.Reading;
import io.cardume.manager.loop.Refusal;

/** A request that is answered with an error: a status of HTTP and a message in words. */
final class ApiException extends RuntimeException {
    private final int status;

    ApiException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    static ApiException of(Refusal refusal) {
        int status = switch (refusal.kind()) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case OUT_OF_SEQUENCE -> 500;
            case NOT_BUILT -> 501;
            case UNAVAILABLE -> 503;
        };
        return new ApiException(status, refusal.getMessage());
    }

    static ApiException of(Reading.Invalid<?> invalid) {
        return new ApiException(invalid.notBuilt() ? 501 : 400, invalid.message());
    }
}
