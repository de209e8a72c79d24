package io.cardume.api;

import java.util.Optional;

/**
 * The checks of a service's tasks. Each asks another question: has it come up, may it be sent requests, should it be
 * replaced.
 *
 * @param startup until it passes the task is not running, and no other check is made; failing for good ends the task
 * @param ready while it passes the task takes requests; failing never ends the task
 * @param live failing for good has the task replaced
 */
public record Checks(Optional<Probe> startup, Optional<Probe> ready, Optional<Probe> live) {
    /** None at all. */
    public static final Checks NONE = new Checks(Optional.empty(), Optional.empty(), Optional.empty());

    /** Whether there is none. */
    public boolean isEmpty() {
        return equals(NONE);
    }
}
