package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;

/** No such user any more: nothing it has proves anything. */
public record RemoveUser(UserName name) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        UpdateUser.found(draft, name);
        draft.add(new Change.UserRemoved(name));
        return null;
    }
}
