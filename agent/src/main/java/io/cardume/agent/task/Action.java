package io.cardume.agent.task;

import java.time.Duration;
import java.util.Optional;

/** What is to be done next for one task; one at a time is underway for each. */
public sealed interface Action {
    /**
     * Make the image present.
     *
     * @param news how it comes, if not from a registry; "" as long as nothing is known of it
     */
    record Pull(String image, String news) implements Action {
        public Pull(String image) {
            this(image, "");
        }
    }

    /** Make the container without starting it. */
    record Create() implements Action {}

    /** Start the container that was made. */
    record Start() implements Action {}

    /**
     * Wait until nobody is connected to the container any more, and no longer than this.
     *
     * @param limit how long at most
     */
    record Drain(Duration limit) implements Action {}

    /**
     * Ask the container to stop, kill it after its grace period.
     *
     * @param unhealthy why it must end although it should run; empty = nobody wants it any more
     */
    record Stop(Optional<String> unhealthy) implements Action {}

    /** Remove the container. */
    record Remove() implements Action {}

    /**
     * Start the ended container again in place (made anew if it is gone), because no manager can be asked.
     *
     * @param inARow which restart it is since the container last ran long enough, from 1
     */
    record Restart(int inARow) implements Action {}
}
