package io.cardume.api.link;

/**
 * Why an errand came to nothing.
 *
 * @param kind for whoever must decide what to make of it
 * @param message in words, the engine's verbatim
 */
public record ErrandFailure(Kind kind, String message) {
    /** What kind of trouble it is. */
    public enum Kind {
        /** There is no such container, command or image. */
        NOT_FOUND,
        /** The container is in a state that does not allow it. */
        CONFLICT,
        /** The engine understood and refuses. */
        REFUSED,
        /** Agent or engine cannot be reached, or gave no answer in time. */
        UNREACHABLE
    }

    public ErrandFailure {
        if (kind == null) kind = Kind.UNREACHABLE;
        message = message == null ? "" : message;
    }
}
