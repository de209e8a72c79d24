package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.manager.cluster.Draft;

/**
 * Another token for a user of the API; the one before is worth nothing any more.
 *
 * @param token SHA-256 of the new one in hex
 */
public record RotateUser(UserName name, String token) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        draft.put(UpdateUser.found(draft, name).token(token));
        return null;
    }
}
