package io.cardume.manager.http;

import io.cardume.api.ObjectVersion;
import io.cardume.api.UserCredentials;
import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.api.UserSpec;
import io.cardume.api.UserView;
import io.cardume.manager.cluster.User;
import io.cardume.manager.loop.CreateUser;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveUser;
import io.cardume.manager.loop.RotateUser;
import io.cardume.manager.loop.UpdateUser;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Users of the API. */
final class UserRoutes {
    private final ManagerLoop loop;
    private final Asking asking;

    UserRoutes(ManagerLoop loop) {
        this.loop = loop;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/users", UserRole.ADMIN, this::list),
                Route.post("/users/create", UserRole.ADMIN, this::create),
                Route.get("/users/{name}", UserRole.ADMIN, exchange -> exchange.json(200, view(named(exchange)))),
                Route.post("/users/{name}/update", UserRole.ADMIN, this::update),
                Route.post("/users/{name}/rotate", UserRole.ADMIN, this::rotate),
                Route.delete("/users/{name}", UserRole.ADMIN, this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        exchange.json(200, state.users().values().stream().map(UserRoutes::view).toList());
    }

    private void create(Exchange exchange) {
        Lookup.cluster(loop.published());
        var spec = Exchange.valid(UserSpec.read(exchange.tree(), true));
        var name = new UserName(spec.name());
        var token = Token.fresh();
        asking.done(exchange, new CreateUser(name, spec.role().orElseThrow(), new TreeSet<>(spec.namespaces()), Token.digest(token)));
        exchange.json(201, new UserCredentials(name, token));
    }

    private void update(Exchange exchange) {
        var user = named(exchange);
        var spec = Exchange.valid(UserSpec.read(exchange.tree(), false));
        asking.done(exchange, new UpdateUser(user.name(), spec.role().orElseThrow(), new TreeSet<>(spec.namespaces())));
        exchange.nothing(200);
    }

    private void rotate(Exchange exchange) {
        var user = named(exchange);
        var token = Token.fresh();
        asking.done(exchange, new RotateUser(user.name(), Token.digest(token)));
        exchange.json(200, new UserCredentials(user.name(), token));
    }

    private void remove(Exchange exchange) {
        asking.done(exchange, new RemoveUser(named(exchange).name()));
        exchange.nothing(204);
    }

    private User named(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var name = exchange.path("name");
        return (UserName.isName(name) ? state.user(new UserName(name)) : Optional.<User>empty())
                .orElseThrow(() -> new ApiException(404, "user " + name + " not found"));
    }

    private static UserView view(User user) {
        return new UserView(user.name(), new ObjectVersion(user.version()), user.createdAt(), user.updatedAt(), user.role(),
                List.copyOf(user.namespaces()));
    }
}
