package io.cardume.agent.engine;

/**
 * The engine refused or failed a call; the message has the engine's own words, verbatim.
 */
public final class EngineException extends Exception {
    /** What kind of trouble it is, for whoever must decide whether to try again. */
    public enum Kind {
        /** The engine cannot be reached, or gave no answer in time: trying again may help. */
        UNREACHABLE,
        /** No such container or image. */
        NOT_FOUND,
        /** Name in use, container in a state that does not allow the call. */
        CONFLICT,
        /** The engine understood and refuses: bad parameter, missing bind source, port taken, unknown driver. */
        REFUSED
    }

    private final Kind kind;

    public EngineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public EngineException(Kind kind, String message) {
        this(kind, message, null);
    }

    public Kind kind() {
        return kind;
    }
}
