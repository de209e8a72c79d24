package io.cardume.manager.http;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.UserRole;
import io.cardume.api.link.Errand;
import io.cardume.manager.link.AgentStream;
import io.cardume.manager.link.Agents;
import io.cardume.manager.link.ErrandException;
import io.cardume.manager.loop.ManagerLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The containers of the cluster's tasks, wherever they are, as their engines show them. */
final class ContainerRoutes {
    /** How long an agent may take for what is asked of it once. */
    static final Duration LIMIT = Duration.ofSeconds(15);
    private static final Duration SILENCE = Duration.ofSeconds(10);
    static final int LONGEST_ANSWER = 16 << 20;
    private static final String OF_A_SERVICE = "the container belongs to a task, and the cluster keeps it as its service says; ";
    /** What is not done to a task's container through the manager, and what is done instead. */
    private static final SortedMap<String, String> INSTEAD = new TreeMap<>(Map.ofEntries(
            Map.entry("archive", "docker cp: send a tar through exec: docker exec CONTAINER tar -c PATH | tar -x, or tar -c PATH | docker exec -i CONTAINER tar -x"),
            Map.entry("attach", "docker attach: follow its output with docker logs -f, or run a shell beside it with docker exec -it"),
            Map.entry("changes", "docker diff: ask the engine of its host"),
            Map.entry("export", "docker export: ask the engine of its host"),
            Map.entry("kill", "docker kill: " + OF_A_SERVICE + "docker service update --force SERVICE replaces its tasks"),
            Map.entry("pause", "docker pause: " + OF_A_SERVICE + "docker service scale SERVICE=0 stops it"),
            Map.entry("rename", "docker rename: " + OF_A_SERVICE + "its name is that of its task"),
            Map.entry("resize", "docker attach: run a shell with docker exec -it"),
            Map.entry("restart", "docker restart: " + OF_A_SERVICE + "docker service update --force SERVICE replaces its tasks"),
            Map.entry("start", "docker start: " + OF_A_SERVICE + "docker service scale SERVICE=N starts tasks"),
            Map.entry("stop", "docker stop: " + OF_A_SERVICE + "docker service scale SERVICE=N or docker service rm SERVICE stops tasks"),
            Map.entry("unpause", "docker unpause: " + OF_A_SERVICE + "docker service update --force SERVICE replaces its tasks"),
            Map.entry("update", "docker update: " + OF_A_SERVICE + "docker service update SERVICE changes its limits"),
            Map.entry("wait", "docker wait: docker service ps SERVICE shows how tasks end")));

    private final ManagerLoop loop;
    private final Agents agents;
    private final Logs logs;
    private final Admission admission;

    ContainerRoutes(ManagerLoop loop, Agents agents, Logs logs, Admission admission) {
        this.loop = loop;
        this.agents = agents;
        this.logs = logs;
        this.admission = admission;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/containers/json", UserRole.VIEWER, new ContainerList(loop, agents)::answer),
                Route.get("/containers/{id}/json", UserRole.VIEWER, this::inspect),
                Route.get("/containers/{id}/logs", UserRole.VIEWER, this::log),
                Route.get("/containers/{id}/top", UserRole.VIEWER, exchange -> answer(exchange, task -> new Errand.Top(task, exchange.query("ps_args")))),
                Route.get("/containers/{id}/stats", UserRole.VIEWER, this::stats),
                Route.post("/containers/create", UserRole.DEPLOYER, _ -> {
                    throw new ApiException(501, "containers: a manager is no engine and makes them for services alone; use docker service create, or the engine of a host");
                }),
                Route.get("/containers/{id}/{action}", UserRole.VIEWER, this::refuse),
                Route.post("/containers/{id}/{action}", UserRole.DEPLOYER, this::refuse),
                Route.put("/containers/{id}/{action}", UserRole.DEPLOYER, this::refuse),
                Route.delete("/containers/{id}", UserRole.DEPLOYER, exchange -> {
                    ContainerLookup.of(exchange.spaces(), loop.published(), exchange.path("id"));
                    throw new ApiException(501, "docker rm: " + OF_A_SERVICE + "docker service rm SERVICE or docker service scale SERVICE=N removes tasks");
                }));
    }

    private void refuse(Exchange exchange) {
        ContainerLookup.of(exchange.spaces(), loop.published(), exchange.path("id"));
        var instead = INSTEAD.get(exchange.path("action"));
        if (instead == null) throw new ApiException(404, "page not found");
        throw new ApiException(501, "not through a manager: " + instead);
    }

    private void inspect(Exchange exchange) throws InterruptedException {
        answer(exchange, task -> new Errand.Inspect(task, exchange.flag("size")));
    }

    private interface Asked {
        Errand of(TaskId task);
    }

    /** Answers with what the agent answers once. */
    private void answer(Exchange exchange, Asked asked) throws InterruptedException {
        var container = ContainerLookup.of(exchange.spaces(), loop.published(), exchange.path("id"));
        exchange.raw(200, once(agents, container.node(), asked.of(container.task().id()), LIMIT));
    }

    /** What an agent answers once; its failure becomes the request's. */
    static byte[] once(Agents agents, NodeId node, Errand errand, Duration limit) throws InterruptedException {
        try (var stream = agents.open(node, errand)) {
            return stream.all(limit, LONGEST_ANSWER);
        } catch (ErrandException e) {
            throw failed(e);
        }
    }

    static ApiException failed(ErrandException e) {
        return new ApiException(switch (e.kind()) {
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case REFUSED -> 400;
            case UNREACHABLE -> 503;
        }, e.getMessage());
    }

    private void log(Exchange exchange) throws IOException {
        var state = loop.published();
        var task = ContainerLookup.of(exchange.spaces(), state, exchange.path("id")).task();
        logs.ofTask(exchange, state, task);
    }

    private void stats(Exchange exchange) throws IOException, InterruptedException {
        var container = ContainerLookup.of(exchange.spaces(), loop.published(), exchange.path("id"));
        boolean stream = exchange.query("stream").isEmpty() || exchange.flag("stream");
        var errand = new Errand.Stats(container.task().id(), stream, exchange.flag("one-shot"));
        if (!stream) {
            exchange.raw(200, once(agents, container.node(), errand, LIMIT));
            return;
        }
        try (var _ = admission.stream(exchange); var answers = agents.open(container.node(), errand)) {
            var first = answers.next(LIMIT);
            var end = Peer.stream(exchange, Streams.Right.to(container.task().service(), exchange.caller(), _ -> true), "application/json", answers::close);
            try {
                copy(first, answers, exchange);
            } finally {
                end.run();
            }
        } catch (ErrandException e) {
            throw failed(e);
        }
    }

    private static void copy(AgentStream.Piece first, AgentStream answers, Exchange exchange)
            throws IOException, InterruptedException {
        var out = exchange.context().res().getOutputStream();
        try {
            for (var piece = first; !(piece instanceof AgentStream.Piece.End); piece = answers.next(SILENCE)) {
                if (!(piece instanceof AgentStream.Piece.Data(_, var bytes))) continue;
                out.write(bytes);
                out.flush();
            }
        } catch (ErrandException e) {
            // The client sees the stream end, as it does when the container ends.
        }
    }
}
