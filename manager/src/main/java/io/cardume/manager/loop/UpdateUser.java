package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.User;
import java.util.SortedSet;

/** Another role and other namespaces for a user of the API. */
public record UpdateUser(UserName name, UserRole role, SortedSet<String> namespaces) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        draft.put(found(draft, name).rights(role, namespaces));
        return null;
    }

    /** The user of that name. */
    static User found(Draft draft, UserName name) throws Refusal {
        NoCluster.orRefuse(draft.state());
        return draft.state().user(name).orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "user " + name + " not found"));
    }
}
