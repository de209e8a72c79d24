package io.cardume.manager.link;

import io.cardume.api.link.ErrandFailure;

/** An errand came to nothing; the message says why. */
public final class ErrandException extends Exception {
    private final ErrandFailure failure;

    public ErrandException(ErrandFailure failure) {
        super(failure.message());
        this.failure = failure;
    }

    /** The agent cannot be reached; why. */
    public static ErrandException unreachable(String why) {
        return new ErrandException(new ErrandFailure(ErrandFailure.Kind.UNREACHABLE, why));
    }

    /** What kind of trouble it is. */
    public ErrandFailure.Kind kind() {
        return failure.kind();
    }
}
