package io.cardume.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Service specs as they come over the wire: read, checked, and with what the server fills in. */
public final class ServiceSpecs {
    private ServiceSpecs() {}

    /**
     * Reads a spec that can be stored as it is: whole, right, built, and filled in as Swarm does.
     *
     * @param body JSON
     * @param strict whether an unknown field is a problem
     */
    public static Reading<ServiceSpec> read(byte[] body, boolean strict) {
        return switch (WireReader.tree(body)) {
            case Reading.Invalid<JsonNode>(var problems) -> new Reading.Invalid<>(problems);
            case Reading.Valid<JsonNode>(var tree) -> read(tree, strict);
        };
    }

    private static Reading<ServiceSpec> read(JsonNode given, boolean strict) {
        var tree = withNetworksInTemplate(given);
        var problems = new ArrayList<SpecProblem>();
        Optional<ServiceSpec> spec = Optional.empty();
        switch (WireReader.read(tree, ServiceSpec.class, strict, NotBuilt::knowsOfService)) {
            case Reading.Invalid<ServiceSpec>(var wrong) -> problems.addAll(wrong);
            case Reading.Valid<ServiceSpec>(var read) -> {
                spec = Optional.of(filled(read));
                problems.addAll(SpecCheck.problems(spec.get()));
            }
        }
        problems.addAll(NotBuilt.inService(tree));
        return problems.isEmpty() ? new Reading.Valid<>(spec.orElseThrow()) : new Reading.Invalid<>(problems);
    }

    /** Older clients say the networks at the top; where the template says none, they are the template's. */
    private static JsonNode withNetworksInTemplate(JsonNode tree) {
        var networks = member(tree, "Networks");
        if (networks.isEmpty()) return tree;
        var plain = ((ObjectNode) tree).deepCopy();
        plain.remove(networks.get().getKey());
        var template = member(plain, "TaskTemplate").map(Map.Entry::getValue).filter(JsonNode::isObject).map(ObjectNode.class::cast)
                .orElseGet(() -> plain.putObject("TaskTemplate"));
        var own = member(template, "Networks");
        if (own.filter(entry -> !entry.getValue().isNull() && !entry.getValue().isEmpty()).isPresent()) return plain;
        own.ifPresent(entry -> template.remove(entry.getKey()));
        template.set("Networks", networks.get().getValue());
        return plain;
    }

    private static Optional<Map.Entry<String, JsonNode>> member(JsonNode object, String name) {
        return object.properties().stream().filter(entry -> entry.getKey().equalsIgnoreCase(name)).findFirst();
    }

    /** A spec with what Swarm fills in when it stores one: enums that have a zero value, the replica count, the runtime. */
    public static ServiceSpec filled(ServiceSpec spec) {
        var task = spec.taskTemplate();
        var template = new TaskSpec(
                filled(task.containerSpec()), task.resources(), task.restartPolicy().map(ServiceSpecs::filled),
                task.placement(), task.logDriver(), task.forceUpdate(),
                task.runtime().filter(runtime -> !runtime.isEmpty()).or(() -> Optional.of("container")), task.networks());
        return new ServiceSpec(
                spec.name(), spec.labels(), template,
                filled(spec.mode()),
                spec.updateConfig().map(ServiceSpecs::filled), spec.rollbackConfig().map(ServiceSpecs::filled),
                spec.endpointSpec().map(ServiceSpecs::filled));
    }

    private static ContainerSpec filled(ContainerSpec spec) {
        return spec.isolation(spec.isolation().filter(isolation -> !isolation.isEmpty()).or(() -> Optional.of("default")));
    }

    /** One replica where neither a mode nor a number was given; with a job one task at once, and as many in all as at once. */
    private static ServiceMode filled(ServiceMode mode) {
        if (mode.equals(ServiceMode.UNSAID)) return ServiceMode.replicas(1);
        return new ServiceMode(
                mode.replicated().map(given -> new Replicated(Optional.of(given.replicas().orElse(1L)))), mode.global(),
                mode.replicatedJob().map(given -> new ServiceMode.ReplicatedJob(
                        Optional.of(given.maxConcurrent().orElse(1L)),
                        Optional.of(given.totalCompletions().or(given::maxConcurrent).orElse(1L)))),
                mode.globalJob());
    }

    /**
     * A spec with what says the same as before left as it was. Clients differ in how they say nothing: {@code "Placement": {}}
     * and no placement, {@code "NoNewPrivileges": false} and no privileges. No task is replaced for that.
     */
    public static ServiceSpec alike(ServiceSpec next, ServiceSpec before) {
        return new ServiceSpec(
                next.name(), next.labels(), alike(next.taskTemplate(), before.taskTemplate()), next.mode(),
                alike(next.updateConfig(), before.updateConfig()), alike(next.rollbackConfig(), before.rollbackConfig()),
                alike(next.endpointSpec(), before.endpointSpec()));
    }

    private static <T> T alike(T next, T before) {
        JsonNode said = Json.lenient().valueToTree(next);
        JsonNode was = Json.lenient().valueToTree(before);
        return saysNothing(said) && saysNothing(was) || said(said).equals(said(was)) ? before : next;
    }

    /** Whether a part of a spec says nothing: it is absent, or everything in it is empty, false or 0. */
    public static boolean saysNothing(JsonNode part) {
        return switch (part.getNodeType()) {
            case NULL, MISSING -> true;
            case BOOLEAN -> !part.booleanValue();
            case NUMBER -> part.doubleValue() == 0;
            case STRING, BINARY -> part.asText().isEmpty();
            case ARRAY -> part.isEmpty();
            case OBJECT, POJO -> part.properties().stream().allMatch(entry -> saysNothing(entry.getValue()));
        };
    }

    /** A part of a spec without the objects in it that say nothing. */
    private static JsonNode said(JsonNode part) {
        if (!part.isContainerNode()) return part;
        if (part.isArray()) {
            var items = JsonNodeFactory.instance.arrayNode();
            part.forEach(item -> items.add(said(item)));
            return items;
        }
        var members = JsonNodeFactory.instance.objectNode();
        part.properties().forEach(entry -> {
            boolean nothing = entry.getValue().isNull() || entry.getValue().isContainerNode() && saysNothing(entry.getValue());
            if (!nothing) members.set(entry.getKey(), said(entry.getValue()));
        });
        return members;
    }

    private static RestartPolicy filled(RestartPolicy policy) {
        return new RestartPolicy(
                policy.condition().or(() -> Optional.of(RestartCondition.ANY)), policy.delay(), policy.maxAttempts(), policy.window());
    }

    private static UpdateConfig filled(UpdateConfig config) {
        return new UpdateConfig(
                config.parallelism(), config.delay(),
                config.failureAction().filter(action -> !action.isEmpty()).or(() -> Optional.of("pause")),
                config.monitor(), config.maxFailureRatio(),
                config.order().filter(order -> !order.isEmpty()).or(() -> Optional.of("stop-first")));
    }

    private static EndpointSpec filled(EndpointSpec spec) {
        List<PortConfig> ports = spec.ports().stream()
                .map(port -> new PortConfig(
                        port.name(), port.protocol().isEmpty() ? "tcp" : port.protocol().toLowerCase(java.util.Locale.ROOT),
                        port.targetPort(), port.publishedPort(),
                        port.publishMode().isEmpty() ? "ingress" : port.publishMode()))
                .toList();
        return new EndpointSpec(spec.mode(), ports);
    }
}
