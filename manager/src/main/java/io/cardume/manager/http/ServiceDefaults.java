package io.cardume.manager.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import io.cardume.api.ServiceView;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Takeover;
import java.util.Locale;

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
        boolean job = view.spec().mode().runsToEnd();
        if (!restart.has("Condition")) restart.put("Condition", job ? "on-failure" : "any");
        if (!restart.has("MaxAttempts")) restart.put("MaxAttempts", 0);
        if (!task.has("Placement")) task.putObject("Placement");
        if (!job) {
            update(spec, "UpdateConfig", Pace.of(view.spec(), false));
            update(spec, "RollbackConfig", Pace.of(view.spec(), true));
        }
        var endpoint = spec.get("EndpointSpec") instanceof ObjectNode said ? said : spec.putObject("EndpointSpec");
        if (!endpoint.has("Mode")) endpoint.put("Mode", "vip");
        return tree;
    }

    private static void update(ObjectNode spec, String name, Pace pace) {
        var config = spec.get(name) instanceof ObjectNode said ? said : spec.putObject(name);
        if (!config.has("Parallelism")) config.put("Parallelism", pace.parallelism());
        if (!config.has("FailureAction")) config.put("FailureAction", pace.action().name().toLowerCase(Locale.ROOT));
        if (!config.has("Monitor")) config.put("Monitor", pace.monitor().toNanos());
        if (!config.has("MaxFailureRatio")) config.put("MaxFailureRatio", pace.maxFailureRatio());
        if (!config.has("Order"))
            config.put("Order", pace.order() == Takeover.Order.START_FIRST ? "start-first" : "stop-first");
    }
}
