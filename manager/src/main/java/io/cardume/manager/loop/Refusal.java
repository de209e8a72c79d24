package io.cardume.manager.loop;

/** A command cannot be done; nothing was changed. The message names what is wrong and what would be right. */
public final class Refusal extends Exception {
    /** Why, in the terms callers distinguish. */
    public enum Kind {
        /** The request is wrong in itself, or does not fit the state: 400. */
        INVALID,
        /** It is not for users to change: 403. */
        FORBIDDEN,
        /** No such object: 404. */
        NOT_FOUND,
        /** The name is taken: 409. */
        CONFLICT,
        /** The object was changed since it was read: 500, as the engine answers. */
        OUT_OF_SEQUENCE,
        /** Not built yet: 501. */
        NOT_BUILT,
        /** There is no cluster, or there is one already: 503. */
        UNAVAILABLE,
        /** A wrong token: 401. */
        UNAUTHENTICATED
    }

    private final Kind kind;

    public Refusal(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
