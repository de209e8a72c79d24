package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.User;
import java.util.Optional;

/**
 * Another token, and another certificate or none, for a user of the API; those before are worth nothing any more.
 *
 * @param token SHA-256 of the new one in hex
 * @param certificate the new one; empty = none
 */
public record RotateUser(UserName name, String token, Optional<User.Certificate> certificate) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        draft.put(UpdateUser.found(draft, name).rotated(token, certificate));
        return null;
    }
}
