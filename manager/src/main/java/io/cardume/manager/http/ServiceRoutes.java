package io.cardume.manager.http;

import io.cardume.api.ServiceSpec;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpecs;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.trust.Vault;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.DeclareService;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.loop.RollBackService;
import io.cardume.manager.loop.UpdateService;
import io.cardume.manager.loop.WithLogin;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Services. */
final class ServiceRoutes {
    private static final List<String> MODES = List.of("replicated", "global", "replicated-job", "global-job");

    private final ManagerLoop loop;
    private final Vault vault;
    private final Asking asking;

    ServiceRoutes(ManagerLoop loop, Vault vault) {
        this.loop = loop;
        this.vault = vault;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/services", UserRole.VIEWER, this::list),
                Route.post("/services/create", UserRole.DEPLOYER, this::create),
                Route.get("/services/{id}", UserRole.VIEWER, this::inspect),
                Route.put("/services/{id}", UserRole.DEPLOYER, this::declare),
                Route.post("/services/{id}/update", UserRole.DEPLOYER, this::update),
                Route.get("/services/{id}/revisions", UserRole.VIEWER, this::revisions),
                Route.delete("/services/{id}", UserRole.DEPLOYER, this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), Set.of("id", "name", "label", "mode", "runtime"))
                .allowing("mode", MODES).allowing("runtime", List.of("container", "plugin"));
        boolean counted = exchange.flag("status");
        exchange.json(200, Lookup.services(exchange.spaces(), state).stream()
                .filter(service -> filters.prefix("id", service.id().value()) && filters.prefix("name", service.name())
                        && filters.labels("label", service.spec().labels()) && filters.exact("mode", service.spec().mode().word())
                        && filters.exact("runtime", "container"))
                .map(service -> counted ? Views.counted(service, state) : Views.of(service, state))
                .toList());
    }

    private void create(Exchange exchange) {
        Lookup.cluster(loop.published());
        var spec = Exchange.valid(ServiceSpecs.read(exchange.body(), false));
        var id = done(exchange, new CreateService(spec), created -> created);
        exchange.json(201, Exchange.object().put("ID", id.value()).putNull("Warnings"));
    }

    private void inspect(Exchange exchange) {
        var state = loop.published();
        var view = Views.of(Lookup.service(exchange.spaces(), state, exchange.path("id")), state);
        if (exchange.flag("insertDefaults")) exchange.json(200, ServiceDefaults.inserted(view));
        else exchange.json(200, view);
    }

    private void update(Exchange exchange) {
        var service = Lookup.service(exchange.spaces(), loop.published(), exchange.path("id"));
        long version = exchange.version("service");
        if (!Set.of("", "spec", "previous-spec").contains(exchange.query("registryAuthFrom")))
            throw new ApiException(400, "registryAuthFrom: \"" + exchange.query("registryAuthFrom") + "\" is not allowed; it is one of spec, previous-spec");
        var rollback = exchange.query("rollback");
        if (rollback.isEmpty())
            done(exchange, new UpdateService(service.id(), version, Exchange.valid(ServiceSpecs.read(exchange.body(), false))), _ -> service.id());
        else done(exchange, new RollBackService(service.id(), version, revision(rollback)), _ -> service.id());
        exchange.json(200, Exchange.object().putNull("Warnings"));
    }

    /** The number of the revision to go back to; empty for the previous spec, whichever that was. */
    private static Optional<Long> revision(String rollback) {
        if (rollback.equals("previous")) return Optional.empty();
        if (rollback.matches("[1-9][0-9]{0,17}")) return Optional.of(Long.parseLong(rollback));
        throw new ApiException(400, "rollback: \"" + rollback + "\" is not allowed; it is previous, or the number of a revision");
    }

    private void revisions(Exchange exchange) {
        var service = Lookup.service(exchange.spaces(), loop.published(), exchange.path("id"));
        exchange.json(200, service.revisions().reversed().keySet().stream().map(number -> Views.of(service, number)).toList());
    }

    private void declare(Exchange exchange) {
        Lookup.cluster(loop.published());
        var name = exchange.path("id");
        var spec = Exchange.valid(ServiceSpecs.read(named(exchange.body(), name), true));
        if (!spec.name().equals(name))
            throw new ApiException(400, "Name: \"" + spec.name() + "\" is not allowed; it is \"" + name + "\" as in the path, or left out");
        var declared = done(exchange, new DeclareService(spec), DeclareService.Declared::id);
        var outcome = declared.outcome();
        exchange.json(outcome == DeclareService.Outcome.CREATED ? 201 : 200, Exchange.object()
                .put("ID", declared.id().value())
                .put("Outcome", outcome.name().toLowerCase(Locale.ROOT))
                .put("Version", loop.published().service(declared.id()).map(Service::version).orElse(0L))
                .putNull("Warnings"));
    }

    /** The body with the name of the path where it says none. */
    private static byte[] named(byte[] body, String name) {
        var tree = Exchange.valid(io.cardume.api.WireReader.tree(body));
        boolean said = tree.properties().stream().anyMatch(entry ->
                entry.getKey().equalsIgnoreCase("Name") && !entry.getValue().isNull() && !entry.getValue().asText("x").isEmpty());
        if (said) return body;
        var whole = Exchange.object();
        tree.properties().stream().filter(entry -> !entry.getKey().equalsIgnoreCase("Name"))
                .forEach(entry -> whole.set(entry.getKey(), entry.getValue()));
        return whole.put("Name", name).toString().getBytes(StandardCharsets.UTF_8);
    }

    private void remove(Exchange exchange) {
        asking.done(exchange, new RemoveService(Lookup.service(exchange.spaces(), loop.published(), exchange.path("id")).id()));
        exchange.nothing(200);
    }

    /** Commands the loop, and keeps the login that came with the request, if one did. */
    private <A> A done(Exchange exchange, Command<A> command, Function<A, ServiceId> service) {
        var header = exchange.header("X-Registry-Auth").strip();
        if (RegistryRoutes.login(header).isNone()) return asking.done(exchange, command);
        return asking.done(exchange, new WithLogin<>(command, vault.seal(header), service));
    }
}
