package io.cardume.manager.loop;

import io.cardume.api.UserName;

/** For whom something is done. */
public sealed interface Actor {
    /** For whoever is on the manager's own host, who is an admin. */
    record Local() implements Actor {}

    /** For a user of the API. */
    record Named(UserName user) implements Actor {}
}
