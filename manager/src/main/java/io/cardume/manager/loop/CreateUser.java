package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.User;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A new user of the API.
 *
 * @param namespaces what it keeps to; empty = everything
 * @param token SHA-256 of its token in hex
 * @param certificate the one it may show; empty = none
 */
public record CreateUser(UserName name, UserRole role, SortedSet<String> namespaces, String token, Optional<User.Certificate> certificate)
        implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        if (draft.state().user(name).isPresent())
            throw new Refusal(Refusal.Kind.CONFLICT, "user " + name + " already exists");
        draft.put(User.of(name, role, namespaces, token, certificate, draft.now()));
        return null;
    }
}
