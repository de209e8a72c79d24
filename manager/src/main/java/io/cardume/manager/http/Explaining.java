package io.cardume.manager.http;

import io.cardume.api.DesiredState;
import io.cardume.api.Explanation;
import io.cardume.api.HealingFloor;
import io.cardume.api.TaskState;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.TakenPorts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Answers why something is not running, in words. */
final class Explaining {
    private final ManagerLoop loop;
    private final Reaching reaching;

    Explaining(ManagerLoop loop, Reaching reaching) {
        this.loop = loop;
        this.reaching = reaching;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/services/{id}/explain", UserRole.VIEWER, exchange -> {
                    var state = loop.published();
                    exchange.json(200, service(state, Lookup.service(exchange.spaces(), state, exchange.path("id"))));
                }),
                Route.get("/tasks/{id}/explain", UserRole.VIEWER, exchange -> {
                    var state = loop.published();
                    exchange.json(200, task(state, Lookup.task(exchange.spaces(), state, exchange.path("id"))));
                }),
                Route.get("/nodes/{id}/explain", UserRole.VIEWER, exchange -> {
                    var state = loop.published();
                    exchange.json(200, node(state, Lookup.node(state, exchange.path("id")), exchange.spaces()));
                }));
    }

    private Explanation service(ClusterState state, Service service) {
        var tasks = new ArrayList<Task>();
        for (int slot : state.slots(service.id()).keySet()) {
            var all = state.slot(service.id(), slot);
            var live = all.stream().filter(task -> !task.isDead()).toList();
            tasks.addAll(live.isEmpty() ? List.of(all.getLast()) : live);
            if (live.stream().anyMatch(task -> task.status().state() != TaskState.RUNNING))
                all.reversed().stream().filter(Task::isDead).findFirst().ifPresent(tasks::add);
        }
        long wanted = Views.desired(service, state.tasksOf(service.id()));
        long running = tasks.stream().filter(Explaining::isWell).map(Task::slot).distinct().count();
        var summary = new StringBuilder(service.job().map(job -> Jobs.summary(service, job, state))
                .orElseGet(() -> running + " of " + wanted + " replicas are running"));
        if (service.isJob()) tasks.removeIf(task -> task.iteration() != service.job().orElseThrow().iteration());
        tasks.stream().filter(task -> !isWell(task) && !(service.isJob() && task.status().state() == TaskState.COMPLETE)).map(task -> reason(task)).filter(text -> !text.isEmpty()).distinct().limit(3)
                .forEach(text -> summary.append("; ").append(text));
        tasks.stream().filter(Explaining::isWell).map(Explaining::trouble).filter(text -> !text.isEmpty()).distinct().limit(3)
                .forEach(text -> summary.append("; ").append(text));
        var taken = TakenPorts.sentence(state, TakenPorts.andDoors(state, service.id()));
        if (!taken.isEmpty() && summary.indexOf(taken) < 0) summary.append("; ").append(taken);
        service.update().filter(_ -> running < wanted || tasks.stream().anyMatch(task -> task.revision() != service.revision()))
                .ifPresent(update -> summary.append("; update: ").append(update.message()));
        var failed = failed(service);
        failed.stream().filter(revision -> revision.revision() >= service.revision() - 1).findFirst()
                .ifPresent(revision -> summary.append("; revision ").append(revision.revision()).append(" failed: ")
                        .append(service.revisions().get(revision.revision()).failure().orElseThrow().sentence()));
        return new Explanation("service", service.id().value(), service.name(), summary.toString(), Views.of(service, state).updateStatus(), failed,
                tasks.stream().map(task -> word(state, task)).toList(), nodes(state, tasks));
    }

    private Explanation task(ClusterState state, Task task) {
        var trouble = trouble(task);
        var summary = isWell(task) ? "it is running" + (trouble.isEmpty() ? "" : ", but " + trouble) : "it is " + task.status().state().word() + (reason(task).isEmpty() ? "" : ": " + reason(task));
        return new Explanation("task", task.id().value(), Lookup.name(state, task), summary, Optional.empty(), List.of(),
                List.of(word(state, task)), nodes(state, List.of(task)));
    }

    /** What is on a node, and what keeps it there while the node is drained. */
    private Explanation node(ClusterState state, Node node, Spaces spaces) {
        var tasks = new ArrayList<>(state.tasksOn(node.id()).stream().filter(task -> !task.isDead() && spaces.sees(state, task)).toList());
        long running = tasks.stream().filter(Explaining::isWell).count();
        var stuck = node.availability() == Node.Availability.DRAIN ? Draining.of(state, node).stuck().stream().filter(task -> spaces.sees(state, task)).toList() : List.<Task>of();
        tasks.addAll(stuck);
        var message = Draining.message(state, node, spaces);
        var summary = "it is " + Views.state(node) + (node.hasAgent() ? "" : ", has no agent")
                + ", its availability is " + node.availability().name().toLowerCase(Locale.ROOT) + (message.isEmpty() ? "" : ": " + message)
                + "; " + running + (running == 1 ? " task runs" : " tasks run") + " on it"
                + Optional.ofNullable(reaching.words(state).get(node.id())).map(words -> "; " + words).orElse("");
        return new Explanation("node", node.id().value(), node.description().hostname(), summary, Optional.empty(), List.of(),
                tasks.stream().map(task -> word(state, task)).toList(), nodes(state, stuck));
    }

    private static List<Explanation.FailedRevision> failed(Service service) {
        return service.revisions().reversed().entrySet().stream()
                .filter(entry -> !entry.getValue().proven() && entry.getValue().failure().isPresent())
                .map(entry -> new Explanation.FailedRevision(entry.getKey(), Views.of(entry.getValue().failure().get())))
                .toList();
    }

    private static boolean isWell(Task task) {
        return task.status().state() == TaskState.RUNNING && task.desired() == DesiredState.RUNNING;
    }

    private static String reason(Task task) {
        if (task.leaving().isPresent()) return "it is about to stop, as soon as no node's balancers lead to it any more";
        var said = task.status().err().isEmpty() ? task.status().message() : task.status().err();
        boolean comesUp = !task.isDead() && task.status().err().isEmpty() && !task.status().probe().isEmpty();
        return comesUp ? said + ", " + task.status().probe() : said;
    }

    /** What checks say against a task that runs; "" if nothing. */
    private static String trouble(Task task) {
        if (task.isAiling() && task.condemned()) return "it is being replaced: " + task.status().ailing();
        if (task.isAiling())
            return "it should be replaced and is kept, for no more may be stopped at a time (" + HealingFloor.LABEL + "): " + task.status().ailing();
        return task.isServing() ? "" : "it takes no requests: "
                + (task.status().probe().isEmpty() ? "no readiness check has passed yet" : task.status().probe());
    }

    private static Explanation.TaskWord word(ClusterState state, Task task) {
        var status = task.status();
        return new Explanation.TaskWord(task.id(), Lookup.name(state, task),
                task.node().map(id -> state.node(id).map(node -> node.description().hostname()).orElse(id.value())),
                status.state(), task.desired(), status.at(), isWell(task), task.isServing(),
                Optional.of(status.probe()).filter(words -> !words.isEmpty()), status.message(),
                status.err().isEmpty() ? status.ailing() : status.err(), task.why(),
                status.container().flatMap(container -> container.exitCode()), status.oomKilled(), task.failures(),
                task.isDead() ? Optional.empty() : task.notBefore().filter(_ -> task.desired() == DesiredState.READY));
    }

    /** All nodes, if one of the tasks waits for one. */
    private List<Explanation.NodeWord> nodes(ClusterState state, List<Task> tasks) {
        var waiting = tasks.stream().filter(Task::isPending).findFirst();
        if (waiting.isEmpty()) return List.of();
        var obstacles = loop.obstaclesTo(waiting.get());
        return state.nodes().values().stream()
                .map(node -> new Explanation.NodeWord(node.id(), node.description().hostname(),
                        Optional.ofNullable(obstacles.get(node.id())).stream().toList()))
                .toList();
    }
}
