package io.cardume.manager.http;

import io.cardume.api.Reading;
import io.cardume.manager.loop.Refusal;

/** A request that is answered with an error: a status of HTTP and a message in words. */
final class ApiException extends RuntimeException {
    private final int status;
    private final String brief;

    ApiException(int status, String message) {
        this(status, message, words(status));
    }

    private ApiException(int status, String message, String brief) {
        super(message, null, false, false);
        this.status = status;
        this.brief = brief;
    }

    /** One whose message has nothing in it that the request said. */
    static ApiException open(int status, String message) {
        return new ApiException(status, message, message);
    }

    /** What it is, without anything that the request said: that may be secret. */
    String brief() {
        return brief;
    }

    private static String words(int status) {
        return switch (status) {
            case 400 -> "what it asks for is not allowed";
            case 401 -> "it proves nobody";
            case 403 -> "its caller may not";
            case 404 -> "there is no such object";
            case 408 -> "it came too slowly";
            case 409 -> "it does not fit what there is";
            case 429 -> "there are too many of its caller";
            case 501 -> "it is not built";
            case 503 -> "it cannot be done now";
            default -> "it failed";
        };
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
        return new ApiException(status, refusal.getMessage(), refusal.brief().orElseGet(() -> words(status)));
    }

    static ApiException of(Reading.Invalid<?> invalid) {
        int status = invalid.notBuilt() ? 501 : 400;
        return new ApiException(status, invalid.message(), words(status));
    }
}
