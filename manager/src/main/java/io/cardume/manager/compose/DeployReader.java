package io.cardume.manager.compose;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cardume.api.StartOrderLabels.Condition;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a service is run: its {@code deploy}, and what is said beside it of the same things, {@code scale} and {@code restart}. */
final class DeployReader {
    private static final BigDecimal BILLION = BigDecimal.valueOf(1_000_000_000);

    private final Cursor service;
    private final Body body;

    DeployReader(Cursor service, Body body) {
        this.service = service;
        this.body = body;
    }

    void read() {
        deploy();
        restart();
    }

    private void deploy() {
        var deploy = service.get("deploy").orElse(service.saying(""));
        if (deploy.isFields())
            deploy.only(Set.of("endpoint_mode", "labels", "mode", "placement", "replicas", "resources", "restart_policy", "rollback_config",
                    "update_config"), Map.of());
        else if (service.get("deploy").isPresent()) deploy.not("a mapping");
        mode(deploy);
        deploy.get("labels").ifPresent(labels -> body.entries("Labels", labels));
        deploy.get("endpoint_mode").ifPresent(from -> body.text("EndpointSpec.Mode", from.text(), from));
        deploy.get("update_config").ifPresent(from -> update(from, "UpdateConfig"));
        deploy.get("rollback_config").ifPresent(from -> update(from, "RollbackConfig"));
        deploy.get("restart_policy").ifPresent(this::restartPolicy);
        deploy.get("placement").ifPresent(this::placement);
        deploy.get("resources").ifPresent(this::resources);
    }

    private void mode(Cursor deploy) {
        var mode = deploy.get("mode").flatMap(from -> from.oneOf("replicated", "global", "replicated-job", "global-job")).orElse("replicated");
        var replicas = deploy.get("replicas");
        var scale = service.get("scale");
        if (replicas.isPresent() && scale.isPresent()) scale.get().wrong("deploy.replicas says it too; say one of both");
        var counted = replicas.or(() -> scale);
        var from = deploy.get("mode").or(() -> counted).orElse(service);
        switch (mode) {
            case "replicated" -> body.number("Mode.Replicated.Replicas", counted.map(Cursor::number).orElse(Optional.of(1L)), counted.orElse(from));
            case "replicated-job" -> {
                for (String field : List.of("MaxConcurrent", "TotalCompletions"))
                    body.number("Mode.ReplicatedJob." + field, counted.map(Cursor::number).orElse(Optional.of(1L)), counted.orElse(from));
            }
            default -> {
                body.put(mode.equals("global") ? "Mode.Global" : "Mode.GlobalJob", JsonNodeFactory.instance.objectNode(), from);
                counted.ifPresent(said -> said.wrong("a service of mode " + mode + " has one task on every node; leave it out"));
            }
        }
    }

    private void update(Cursor from, String path) {
        from.only(Set.of("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order"), Map.of());
        // As docker stack deploy: what is said of updates without it means one at a time, not all.
        body.number(path + ".Parallelism", from.get("parallelism").map(Cursor::number).orElse(Optional.of(1L)), from.get("parallelism").orElse(from));
        from.get("delay").ifPresent(said -> body.number(path + ".Delay", said.duration(), said));
        from.get("failure_action").ifPresent(said -> body.text(path + ".FailureAction", said.text(), said));
        from.get("monitor").ifPresent(said -> body.number(path + ".Monitor", said.duration(), said));
        from.get("max_failure_ratio").ifPresent(said -> said.decimal()
                .ifPresent(ratio -> body.put(path + ".MaxFailureRatio", JsonNodeFactory.instance.numberNode(ratio), said)));
        from.get("order").ifPresent(said -> body.text(path + ".Order", said.text(), said));
    }

    private void restartPolicy(Cursor from) {
        from.only(Set.of("condition", "delay", "max_attempts", "window"), Map.of());
        var path = "TaskTemplate.RestartPolicy.";
        from.get("condition").ifPresent(said -> body.text(path + "Condition", said.oneOf("any", "on-failure", "none"), said));
        from.get("delay").ifPresent(said -> body.number(path + "Delay", said.duration(), said));
        from.get("max_attempts").ifPresent(said -> body.number(path + "MaxAttempts", said.number(), said));
        from.get("window").ifPresent(said -> body.number(path + "Window", said.duration(), said));
    }

    /** Compose's other way to say a restart policy. */
    private void restart() {
        service.get("restart").ifPresent(from -> from.text().ifPresent(text -> {
            if (service.get("deploy").flatMap(deploy -> deploy.get("restart_policy")).isPresent()) {
                from.wrong("deploy.restart_policy says it too; say one of both");
                return;
            }
            var path = "TaskTemplate.RestartPolicy.";
            switch (text) {
                case "always", "unless-stopped" -> body.text(path + "Condition", "any", from);
                case "no" -> body.text(path + "Condition", "none", from);
                case "on-failure" -> body.text(path + "Condition", "on-failure", from);
                case String limited when limited.matches("on-failure:[0-9]{1,9}") -> {
                    body.text(path + "Condition", "on-failure", from);
                    body.number(path + "MaxAttempts", Optional.of(Long.parseLong(limited.substring("on-failure:".length()))), from);
                }
                default -> from.not("one of no, always, unless-stopped, on-failure, on-failure:TIMES");
            }
        }));
    }

    private void placement(Cursor from) {
        from.only(Set.of("constraints", "preferences", "max_replicas_per_node"), Map.of());
        var path = "TaskTemplate.Placement.";
        from.get("constraints").ifPresent(said -> body.items(path + "Constraints", said));
        from.get("max_replicas_per_node").ifPresent(said -> body.number(path + "MaxReplicas", said.number(), said));
        from.get("preferences").ifPresent(said -> said.items().forEach(item -> {
            item.only(Set.of("spread"), Map.of());
            item.get("spread").ifPresentOrElse(
                    spread -> body.text(body.add(path + "Preferences", item) + ".Spread.SpreadDescriptor", spread.text(), spread),
                    () -> item.wrong("it is spread: LABEL, such as spread: node.labels.zone"));
        }));
    }

    private void resources(Cursor from) {
        from.only(Set.of("limits", "reservations"), Map.of());
        from.get("limits").ifPresent(limits -> {
            limits.only(Set.of("cpus", "memory", "pids"), Map.of());
            amounts(limits, "TaskTemplate.Resources.Limits.");
            limits.get("pids").ifPresent(said -> body.number("TaskTemplate.Resources.Limits.Pids", said.number(), said));
        });
        from.get("reservations").ifPresent(kept -> {
            kept.only(Set.of("cpus", "memory", "generic_resources"), Map.of("devices",
                    "name what a node has with generic_resources, and mount the device"));
            amounts(kept, "TaskTemplate.Resources.Reservations.");
            kept.get("generic_resources").ifPresent(all -> all.items().forEach(item -> {
                item.only(Set.of("discrete_resource_spec"), Map.of());
                var at = body.add("TaskTemplate.Resources.Reservations.GenericResources", item);
                item.get("discrete_resource_spec").ifPresentOrElse(discrete -> {
                    discrete.only(Set.of("kind", "value"), Map.of());
                    discrete.get("kind").ifPresent(said -> body.text(at + ".DiscreteResourceSpec.Kind", said.text(), said));
                    discrete.get("value").ifPresent(said -> body.number(at + ".DiscreteResourceSpec.Value", said.number(), said));
                }, () -> item.wrong("it is discrete_resource_spec with kind and value"));
            }));
        });
    }

    private void amounts(Cursor from, String path) {
        from.get("cpus").ifPresent(said -> body.number(path + "NanoCPUs",
                said.decimal().map(cpus -> cpus.multiply(BILLION).longValue()), said));
        from.get("memory").ifPresent(said -> body.number(path + "MemoryBytes", said.bytes(), said));
    }
}
