package io.cardume.manager.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.UserRole;
import java.io.IOException;
import java.util.Base64;
import java.util.List;

/** What clients ask of registries through the manager. */
final class RegistryRoutes {
    private final Registry registry = new Registry();

    List<Route> routes() {
        return List.of(Route.get("/distribution/<id>/json", UserRole.DEPLOYER, exchange ->
                exchange.json(200, registry.inspect(Registry.Reference.of(exchange.path("id")), login(exchange.header("X-Registry-Auth")),
                        exchange.caller().role() == UserRole.ADMIN))));
    }

    /** The login a client sends along: JSON in base64url; an empty one is none. */
    static Registry.Login login(String header) {
        if (header.isBlank()) return Registry.Login.NONE;
        JsonNode said;
        try {
            said = Json.lenient().readTree(Base64.getUrlDecoder().decode(header.strip().replace('+', '-').replace('/', '_').replaceAll("=+$", "")));
        } catch (IOException | IllegalArgumentException e) {
            throw new ApiException(400, "X-Registry-Auth: it is JSON in base64url");
        }
        return new Registry.Login(text(said, "username"), text(said, "password"), text(said, "identitytoken"));
    }

    private static String text(JsonNode said, String name) {
        for (var entry : said.properties()) if (entry.getKey().equalsIgnoreCase(name)) return entry.getValue().asText("");
        return "";
    }
}
