package io.cardume.manager.http;

import io.cardume.api.UserRole;
import java.util.List;

/**
 * What the Engine API has and a manager has not: empty lists for what clients ask on their way, 404 for single objects,
 * so that they step on, and 501 for making some.
 */
final class ForeignRoutes {
    private static final String NO_ENGINE =
            "a manager is no engine and has none of its own; `docker service ps` and `docker node ps` show the tasks, and the engine of each host shows the rest";

    List<Route> routes() {
        return List.of(
                Route.get("/volumes", UserRole.VIEWER, exchange -> {
                    var answer = Exchange.object();
                    answer.putArray("Volumes");
                    exchange.json(200, answer.putNull("Warnings"));
                }),
                Route.get("/plugins", UserRole.VIEWER, exchange -> exchange.json(200, List.of())),
                Route.get("/images/json", UserRole.VIEWER, _ -> notBuilt("images: " + NO_ENGINE)),
                missing("/images/<id>/json", "No such image: "),
                missing("/volumes/{id}", "get volume: no such volume: "),
                missing("/plugins/<id>/json", "no such plugin: "),
                Route.post("/volumes/create", UserRole.DEPLOYER, _ -> notBuilt("volumes are made on the host by the first task that mounts them: --mount type=volume,source=NAME,target=/PATH")));
    }

    private static Route missing(String path, String message) {
        return Route.get(path, UserRole.VIEWER, exchange -> {
            throw new ApiException(404, message + exchange.path("id"));
        });
    }

    private static void notBuilt(String message) {
        throw new ApiException(501, message);
    }
}
