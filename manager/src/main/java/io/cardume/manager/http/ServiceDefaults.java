package io.cardume.manager.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import io.cardume.api.ServiceView;

/** A service with the defaults of this manager shown where its spec says nothing, as {@code docker service inspect} asks. */
final class ServiceDefaults {
    private static final long SECOND = 1_000_000_000L;

    private ServiceDefaults() {}

    static ObjectNode inserted(ServiceView view) {
        ObjectNode tree = Json.lenient().valueToTree(view);
        var spec = (ObjectNode) tree.get("Spec");
        var task = (ObjectNode) spec.get("TaskTemplate");
        var container = (ObjectNode) task.get("ContainerSpec");
        if (!container.has("StopGracePeriod")) container.put("StopGracePeriod", 10 * SECOND);
        if (!container.has("DNSConfig")) container.putObject("DNSConfig");
        if (!task.has("Resources")) task.putObject("Resources").putObject("Limits");
        if (task.get("Resources") instanceof ObjectNode resources && !resources.has("Reservations")) resources.putObject("Reservations");
        var restart = task.get("RestartPolicy") instanceof ObjectNode said ? said : task.putObject("RestartPolicy");
        if (!restart.has("Condition")) restart.put("Condition", "any");
        if (!restart.has("MaxAttempts")) restart.put("MaxAttempts", 0);
        if (!task.has("Placement")) task.putObject("Placement");
        update(spec, "UpdateConfig");
        update(spec, "RollbackConfig");
        var endpoint = spec.get("EndpointSpec") instanceof ObjectNode said ? said : spec.putObject("EndpointSpec");
        if (!endpoint.has("Mode")) endpoint.put("Mode", "vip");
        return tree;
    }

    private static void update(ObjectNode spec, String name) {
        var config = spec.get(name) instanceof ObjectNode said ? said : spec.putObject(name);
        if (!config.has("Parallelism")) config.put("Parallelism", 1);
        if (!config.has("FailureAction")) config.put("FailureAction", "pause");
        if (!config.has("Monitor")) config.put("Monitor", 5 * SECOND);
        if (!config.has("MaxFailureRatio")) config.put("MaxFailureRatio", 0);
        if (!config.has("Order")) config.put("Order", "stop-first");
    }
}
