package io.cardume.manager.http;

import io.cardume.api.ObjectVersion;
import io.cardume.api.UserCredentials;
import io.cardume.api.UserKey;
import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.api.UserSpec;
import io.cardume.api.UserView;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.User;
import io.cardume.manager.loop.CreateUser;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveUser;
import io.cardume.manager.loop.RotateUser;
import io.cardume.manager.loop.UpdateUser;
import io.cardume.manager.trust.ApiTls;
import io.cardume.manager.trust.CertificateAuthority;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Users of the API. */
final class UserRoutes {
    private final ManagerLoop loop;
    private final CertificateAuthority authority;
    private final Asking asking;

    UserRoutes(ManagerLoop loop, CertificateAuthority authority) {
        this.authority = authority;
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
        var made = made(name, spec.publicKey());
        asking.done(exchange, new CreateUser(name, spec.role().orElseThrow(), new TreeSet<>(spec.namespaces()), Token.digest(made.token()), certificate(made)));
        exchange.json(201, made);
    }

    /** New credentials, worth something once they are in the state. */
    private UserCredentials made(UserName name, Optional<String> publicKey) {
        var cluster = Lookup.cluster(loop.published());
        var certificate = publicKey.map(UserRoutes::key).map(key ->
                Pem.of(authority.issue(key, new Subject(name.value(), ApiTls.USER, cluster.id().value()), ApiTls.USER_LIFE).leaf()));
        return new UserCredentials(name, Token.fresh(), certificate, Pem.of(authority.roots()));
    }

    private static PublicKey key(String pem) {
        try {
            return Pem.publicKey(pem);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "PublicKey: it is not allowed; it is one public key of an elliptic curve in PEM, as openssl ec -pubout prints");
        }
    }

    /** What the state keeps of a certificate. */
    private static Optional<User.Certificate> certificate(UserCredentials made) {
        return made.certificate().map(pem -> Pem.certificates(pem).getFirst())
                .map(leaf -> new User.Certificate(RootDigest.of(leaf), leaf.getNotAfter().toInstant()));
    }

    private void update(Exchange exchange) {
        var user = named(exchange);
        var spec = Exchange.valid(UserSpec.read(exchange.tree(), false));
        asking.done(exchange, new UpdateUser(user.name(), spec.role().orElseThrow(), new TreeSet<>(spec.namespaces())));
        exchange.nothing(200);
    }

    private void rotate(Exchange exchange) {
        var user = named(exchange);
        var key = Exchange.valid(UserKey.read(exchange.treeOrNothing()));
        var made = made(user.name(), key.publicKey());
        asking.done(exchange, new RotateUser(user.name(), Token.digest(made.token()), certificate(made)));
        exchange.json(200, made);
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
                List.copyOf(user.namespaces()), user.certificate().map(User.Certificate::ends));
    }
}
