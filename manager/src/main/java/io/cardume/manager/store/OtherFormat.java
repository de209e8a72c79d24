package io.cardume.manager.store;

import java.io.IOException;

/** Something whole that another version wrote, in a format of its own: no backup helps against that. */
final class OtherFormat extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param found the format's number
     * @param readable that of the format that is read
     */
    OtherFormat(int found, int readable) {
        super("written by " + (found < readable ? "an earlier" : "a later") + " version, in format " + found + "; this one reads format " + readable
                + ". Start that version again, or begin anew in an empty data directory");
    }
}
