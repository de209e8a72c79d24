package io.cardume.manager.http;

import io.cardume.api.TaskId;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.ManagerLoop;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Tasks. */
final class TaskRoutes {
    private static final Set<String> FILTERS =
            Set.of("id", "name", "label", "service", "node", "desired-state", "runtime", "_up-to-date");
    private static final List<String> DESIRED = List.of("running", "shutdown", "accepted", "ready", "remove", "complete");

    private final ManagerLoop loop;

    TaskRoutes(ManagerLoop loop) {
        this.loop = loop;
    }

    List<Route> routes() {
        return List.of(Route.get("/tasks", UserRole.VIEWER, this::list), Route.get("/tasks/{id}", UserRole.VIEWER, this::inspect));
    }

    private void inspect(Exchange exchange) {
        var state = loop.published();
        exchange.json(200, Views.of(Lookup.task(exchange.spaces(), state, exchange.path("id")), state));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), FILTERS)
                .allowing("desired-state", DESIRED).allowing("runtime", List.of("container", "plugin"))
                .allowing("_up-to-date", List.of("true", "false", "1", "0"));
        exchange.json(200, candidates(exchange, state, filters).stream().filter(task -> exchange.spaces().sees(state, task) && passes(task, state, filters))
                .map(task -> Views.of(task, state)).toList());
    }

    /** The tasks of the services and nodes that are asked for; unknown ones are not found. */
    private static Collection<Task> candidates(Exchange exchange, ClusterState state, Filters filters) {
        var services = new TreeSet<>(filters.of("service").stream().map(name -> Lookup.service(exchange.spaces(), state, name).id()).toList());
        var nodes = new TreeSet<>(filters.of("node").stream().map(name -> Lookup.node(
                state, name.equals("self") ? Lookup.cluster(state).manager().value() : name).id()).toList());
        if (!services.isEmpty()) {
            var tasks = new TreeMap<TaskId, Task>();
            services.forEach(id -> state.tasksOf(id).forEach(task -> tasks.put(task.id(), task)));
            if (!nodes.isEmpty()) tasks.values().removeIf(task -> task.node().filter(nodes::contains).isEmpty());
            return tasks.values();
        }
        if (nodes.isEmpty()) return state.tasks().values();
        return nodes.stream().flatMap(id -> state.tasksOn(id).stream()).toList();
    }

    private static boolean isUpToDate(Task task, Service service) {
        return service.job().map(job -> task.iteration() == job.iteration()).orElseGet(() -> service.isCurrent(task));
    }

    private static boolean passes(Task task, ClusterState state, Filters filters) {
        Service service = state.service(task.service()).orElseThrow();
        return filters.prefix("id", task.id().value())
                && (filters.of("name").isEmpty() || filters.prefix("name", Lookup.fullName(state, task)))
                && filters.labels("label", service.spec().labels())
                && filters.exact("runtime", "container")
                && filters.exact("desired-state", Views.desired(task, service))
                && filters.any("_up-to-date", wanted -> isUpToDate(task, service) == (wanted.equals("true") || wanted.equals("1")));
    }
}
