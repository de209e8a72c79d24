package io.cardume.manager.http;

import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.User;
import io.cardume.manager.loop.Actor;
import java.util.Optional;

/**
 * Who asks, as the request has proved.
 *
 * @param user the user of the API; empty = whoever is on the manager's own host, or may open its socket, and is an admin
 * @param proof how that was proved: {@code token}, {@code certificate} or {@code host}
 */
record Caller(Optional<User> user, String proof) {
    static final Caller LOCAL = new Caller(Optional.empty(), "host");

    /** For whom its commands are done. */
    Actor actor() {
        return user.<Actor>map(known -> new Actor.Named(known.name())).orElseGet(Actor.Local::new);
    }

    /** What it may do. */
    UserRole role() {
        return user.map(User::role).orElse(UserRole.ADMIN);
    }

    /** What is there for it. */
    Spaces spaces() {
        return user.map(known -> new Spaces(known.namespaces())).orElse(Spaces.ALL);
    }

    /** What it is called. */
    String words() {
        return user.map(known -> "user " + known.name()).orElse("this host");
    }

    /** Refuses a caller whose role does not suffice. */
    void orRefuse(UserRole needed) {
        if (role().suffices(needed)) return;
        throw ApiException.open(403, words() + " is " + role().one() + ", who " + role().does() + "; this needs " + needed.one()
                + ", which an admin can make of it: cardume user update NAME --role " + needed.word());
    }
}
