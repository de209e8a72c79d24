package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.ServiceSpec;
import io.cardume.api.ServiceSpecs;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.DeclareService;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.loop.RollBackService;
import io.cardume.manager.loop.UpdateService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Services. */
final class ServiceRoutes {
    private static final List<String> MODES = List.of("replicated", "global", "replicated-job", "global-job");

    private final ManagerLoop loop;
    private final Asking asking;

    ServiceRoutes(ManagerLoop loop) {
        this.loop = loop;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/services", this::list),
                Route.post("/services/create", this::create),
                Route.get("/services/{id}", this::inspect),
                Route.put("/services/{id}", this::declare),
                Route.post("/services/{id}/update", this::update),
                Route.get("/services/{id}/revisions", this::revisions),
                Route.delete("/services/{id}", this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), Set.of("id", "name", "label", "mode", "runtime"))
                .allowing("mode", MODES).allowing("runtime", List.of("container", "plugin"));
        boolean counted = exchange.flag("status");
        exchange.json(200, Lookup.services(state).stream()
                .filter(service -> filters.prefix("id", service.id().value()) && filters.prefix("name", service.name())
                        && filters.labels("label", service.spec().labels()) && filters.exact("mode", service.spec().mode().word())
                        && filters.exact("runtime", "container"))
                .map(service -> counted ? Views.counted(service, state) : Views.of(service))
                .toList());
    }

    private void create(Exchange exchange) {
        Lookup.cluster(loop.published());
        refuseLogin(exchange);
        var spec = Exchange.valid(ServiceSpecs.read(exchange.body(), false));
        var id = asking.done(new CreateService(spec));
        exchange.json(201, Exchange.object().put("ID", id.value()).putNull("Warnings"));
    }

    private void inspect(Exchange exchange) {
        var service = Lookup.service(loop.published(), exchange.path("id"));
        if (!exchange.flag("insertDefaults")) {
            exchange.json(200, Views.of(service));
            return;
        }
        exchange.json(200, ServiceDefaults.inserted(Views.of(service)));
    }

    private void update(Exchange exchange) {
        var service = Lookup.service(loop.published(), exchange.path("id"));
        long version = exchange.version("service");
        refuseLogin(exchange);
        if (!Set.of("", "spec", "previous-spec").contains(exchange.query("registryAuthFrom")))
            throw new ApiException(400, "registryAuthFrom: \"" + exchange.query("registryAuthFrom") + "\" is not allowed; it is one of spec, previous-spec");
        var rollback = exchange.query("rollback");
        if (rollback.isEmpty())
            asking.done(new UpdateService(service.id(), version, Exchange.valid(ServiceSpecs.read(exchange.body(), false))));
        else asking.done(new RollBackService(service.id(), version, revision(rollback)));
        exchange.json(200, Exchange.object().putNull("Warnings"));
    }

    /** The number of the revision to go back to; empty for the previous spec, whichever that was. */
    private static Optional<Long> revision(String rollback) {
        if (rollback.equals("previous")) return Optional.empty();
        if (rollback.matches("[1-9][0-9]{0,17}")) return Optional.of(Long.parseLong(rollback));
        throw new ApiException(400, "rollback: \"" + rollback + "\" is not allowed; it is previous, or the number of a revision");
    }

    private void revisions(Exchange exchange) {
        var service = Lookup.service(loop.published(), exchange.path("id"));
        exchange.json(200, service.revisions().reversed().keySet().stream().map(number -> Views.of(service, number)).toList());
    }

    private void declare(Exchange exchange) {
        Lookup.cluster(loop.published());
        refuseLogin(exchange);
        var name = exchange.path("id");
        var spec = Exchange.valid(ServiceSpecs.read(named(exchange.body(), name), true));
        if (!spec.name().equals(name))
            throw new ApiException(400, "Name: \"" + spec.name() + "\" is not allowed; it is \"" + name + "\" as in the path, or left out");
        var declared = asking.done(new DeclareService(spec));
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
        asking.done(new RemoveService(Lookup.service(loop.published(), exchange.path("id")).id()));
        exchange.nothing(200);
    }

    /** Clients send an empty login of their own accord; a real one cannot be honoured. */
    private static void refuseLogin(Exchange exchange) {
        var header = exchange.header("X-Registry-Auth").strip();
        if (header.isEmpty()) return;
        JsonNode login;
        try {
            login = Json.lenient().readTree(Base64.getUrlDecoder().decode(header.replace('+', '-').replace('/', '_').replaceAll("=+$", "")));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ApiException(400, "X-Registry-Auth: it is JSON in base64url");
        } catch (IOException e) {
            throw new ApiException(400, "X-Registry-Auth: " + e.getMessage());
        }
        var said = new TreeMap<String, String>();
        login.properties().forEach(entry -> said.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue().asText("")));
        if (said.entrySet().stream().anyMatch(entry -> !entry.getKey().equals("serveraddress") && !entry.getValue().isEmpty()))
            throw new ApiException(501, "X-Registry-Auth: registry logins with a service are not built yet; "
                    + "leave out --with-registry-auth and pull the image on each host, or use a registry that needs no login");
    }
}
