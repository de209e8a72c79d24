package io.cardume.manager.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.ContainerLabels;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.link.Agents;
import io.cardume.manager.link.ErrandException;
import io.cardume.manager.loop.ManagerLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * The list of the cluster's containers: what each node's engine lists, and what the state remembers of those on nodes that
 * do not answer.
 */
final class ContainerList {
    /** How long one of several agents may keep the list waiting. */
    private static final Duration LIMIT = Duration.ofSeconds(3);
    /** The same when sizes are to be counted. */
    private static final Duration SIZES_LIMIT = Duration.ofSeconds(30);
    private static final Set<String> FILTERS = Set.of("ancestor", "exited", "expose", "health", "id", "is-task", "label", "name",
            "network", "publish", "status", "volume");
    /** Those that can be applied to what the state remembers. */
    private static final Set<String> REMEMBERED = Set.of("id", "is-task", "label", "name", "status");

    private final ManagerLoop loop;
    private final Agents agents;

    ContainerList(ManagerLoop loop, Agents agents) {
        this.loop = loop;
        this.agents = agents;
    }

    void answer(Exchange exchange) throws InterruptedException {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), FILTERS).allowing("is-task", List.of("true", "false", "1", "0"));
        int most = most(exchange);
        boolean all = exchange.flag("all") || most > 0 || !filters.of("status").isEmpty() || !filters.of("exited").isEmpty();
        var errand = new Errand.Listing(forEngine(filters), all, exchange.flag("size"));
        var found = new ArrayList<JsonNode>();
        if (filters.any("is-task", said -> said.equals("true") || said.equals("1")))
            ask(exchange.spaces(), state, errand).forEach((node, answer) -> found.addAll(
                    answer.map(list -> ours(exchange.spaces(), state, node, list))
                            .orElseGet(() -> remembered(exchange.spaces(), state, node, filters, all))));
        found.sort(Comparator.comparingLong((JsonNode one) -> one.path("Created").asLong()).reversed());
        exchange.json(200, most > 0 ? found.stream().limit(most).toList() : found);
    }

    /** How many of the newest are wanted; 0 = all. */
    private static int most(Exchange exchange) {
        var said = exchange.query("limit");
        if (said.isEmpty() || said.matches("-[0-9]{1,9}")) return 0;
        if (said.matches("[0-9]{1,9}")) return Integer.parseInt(said);
        throw new ApiException(400, "limit: \"" + said + "\" is not allowed; it is a whole number");
    }

    private static String forEngine(Filters filters) {
        ObjectNode passed = Exchange.object();
        filters.values().forEach((key, values) -> {
            if (!key.equals("is-task")) values.forEach(passed.withArrayProperty(key)::add);
        });
        return passed.toString();
    }

    /** What every node that has containers lists; empty where it does not answer. */
    private TreeMap<NodeId, Optional<JsonNode>> ask(Spaces spaces, ClusterState state, Errand.Listing errand) throws InterruptedException {
        var nodes = new TreeSet<NodeId>();
        ContainerLookup.all(spaces, state).forEach(container -> nodes.add(container.node()));
        var asked = new TreeMap<NodeId, Future<Optional<JsonNode>>>();
        for (NodeId node : nodes) {
            var asking = new FutureTask<>(() -> ask(node, errand));
            Thread.ofVirtual().name("list containers of " + node).start(asking);
            asked.put(node, asking);
        }
        var answers = new TreeMap<NodeId, Optional<JsonNode>>();
        for (var entry : asked.entrySet()) {
            try {
                answers.put(entry.getKey(), entry.getValue().get());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof ApiException refused) throw refused;
                throw new IllegalStateException("a list of containers cannot be had", e.getCause());
            }
        }
        return answers;
    }

    private Optional<JsonNode> ask(NodeId node, Errand.Listing errand) throws InterruptedException, IOException {
        try (var stream = agents.open(node, errand)) {
            return Optional.of(Json.lenient().readTree(stream.all(errand.size() ? SIZES_LIMIT : LIMIT, ContainerRoutes.LONGEST_ANSWER)));
        } catch (ErrandException e) {
            if (e.kind() == ErrandFailure.Kind.REFUSED) throw ContainerRoutes.failed(e);
            return Optional.empty();
        }
    }

    /** Of what an engine lists, the containers of tasks of that node: an image made of one carries the labels too. */
    private static List<JsonNode> ours(Spaces spaces, ClusterState state, NodeId node, JsonNode listed) {
        var ours = new ArrayList<JsonNode>();
        for (JsonNode one : listed) {
            var label = one.path("Labels").path(ContainerLabels.TASK).asText();
            if (label.isEmpty()) continue;
            boolean known = state.task(new TaskId(label)).filter(task -> spaces.sees(state, task)).flatMap(task -> task.node()).filter(node::equals).isPresent();
            boolean named = false;
            for (JsonNode name : one.path("Names")) named |= name.asText().endsWith("." + label);
            if (known && named) ours.add(one);
        }
        return ours;
    }

    /** What the state remembers of a node's containers, as an engine would list it. */
    private static List<JsonNode> remembered(Spaces spaces, ClusterState state, NodeId node, Filters filters, boolean all) {
        if (!REMEMBERED.containsAll(filters.values().keySet())) return List.of();
        var list = new ArrayList<JsonNode>();
        for (ContainerLookup container : ContainerLookup.all(spaces, state)) {
            if (!container.node().equals(node)) continue;
            var task = container.task();
            // Nobody waits for it any more, and what became of it nobody knows; as a task it is remembered.
            if (task.status().state() == TaskState.ORPHANED) continue;
            boolean running = task.status().state() == TaskState.RUNNING || task.status().state() == TaskState.STARTING;
            var word = running ? "running" : task.isDead() ? "exited" : "created";
            var name = Lookup.fullName(state, task);
            var spec = state.service(task.service()).orElseThrow().template(task.revision()).containerSpec();
            var labels = new TreeMap<>(spec.labels());
            labels.put(ContainerLabels.TASK, task.id().value());
            labels.put(ContainerLabels.SERVICE, task.service().value());
            labels.put(ContainerLabels.SWARM_NODE_ID, node.value());
            if (!running && !all || !filters.prefix("id", container.id()) || !filters.any("name", name::contains)
                    || !filters.labels("label", labels) || !filters.exact("status", word)) continue;
            var one = Exchange.object().put("Id", container.id());
            one.putArray("Names").add("/" + name);
            one.put("Image", spec.image()).put("ImageID", "").put("Command", "").put("Created", task.createdAt().getEpochSecond());
            one.putArray("Ports");
            one.set("Labels", Json.lenient().valueToTree(labels));
            var host = state.node(node).map(found -> found.description().hostname()).orElse(node.value());
            one.put("State", word).put("Status", "last known " + word + ", node " + host + " does not answer");
            one.putObject("HostConfig").put("NetworkMode", "default");
            one.putObject("NetworkSettings").putObject("Networks");
            one.putArray("Mounts");
            list.add(one);
        }
        return list;
    }
}
