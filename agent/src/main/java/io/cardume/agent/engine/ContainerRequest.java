package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerLabels;
import io.cardume.api.ContainerSpec;
import io.cardume.api.Json;
import io.cardume.api.Limits;
import io.cardume.api.Mount;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.Privileges;
import io.cardume.api.Resources;
import io.cardume.api.link.AssignedTask;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The engine's words for making a task's container: the body of {@code POST /containers/create}. It is written as JSON
 * because docker-java's model of it knows only some capabilities and log drivers and lacks newer fields.
 */
final class ContainerRequest {
    private ContainerRequest() {}

    /** The whole body. What the task does not say is left out, so that the image's and the engine's defaults hold. */
    static ObjectNode of(AssignedTask task, Networking networking, ClusterId cluster, NodeId node) {
        ContainerSpec spec = task.spec().containerSpec();
        ObjectNode body = Json.lenient().createObjectNode();
        body.put("Image", spec.image());
        list(body, "Entrypoint", spec.command());
        list(body, "Cmd", spec.args());
        list(body, "Env", spec.env());
        body.set("Labels", Json.lenient().valueToTree(labels(task, cluster, node)));
        spec.hostname().ifPresent(value -> body.put("Hostname", value));
        spec.user().ifPresent(value -> body.put("User", value));
        spec.dir().ifPresent(value -> body.put("WorkingDir", value));
        spec.tty().ifPresent(value -> body.put("Tty", value));
        spec.openStdin().ifPresent(value -> body.put("OpenStdin", value));
        spec.stopSignal().ifPresent(value -> body.put("StopSignal", value));
        spec.stopGracePeriod().ifPresent(value -> body.put("StopTimeout", wholeSeconds(value)));
        spec.healthcheck().ifPresent(value -> body.set("Healthcheck", Json.lenient().valueToTree(value)));
        body.set("HostConfig", hostConfig(task));
        publish(task.ports(), body);
        network(networking, body);
        return body;
    }

    private static ObjectNode hostConfig(AssignedTask task) {
        ContainerSpec spec = task.spec().containerSpec();
        ObjectNode host = Json.lenient().createObjectNode();
        host.putObject("RestartPolicy").put("Name", "no");
        Limits limits = task.spec().limits();
        if (limits.nanoCpus() > 0) host.put("NanoCpus", limits.nanoCpus());
        if (limits.memoryBytes() > 0) host.put("Memory", limits.memoryBytes());
        if (limits.pids() > 0) host.put("PidsLimit", limits.pids());
        swap(task.spec().resources(), limits, host);
        spec.oomScoreAdj().ifPresent(value -> host.put("OomScoreAdj", value));
        spec.privileges().ifPresent(said -> list(host, "SecurityOpt", securityOptions(said)));
        if (!spec.mounts().isEmpty())
            host.set("Mounts", Json.lenient().valueToTree(spec.mounts().stream().map(ContainerRequest::typed).toList()));
        task.spec().logDriver().ifPresent(driver -> {
            ObjectNode log = host.putObject("LogConfig").put("Type", driver.name());
            log.set("Config", Json.lenient().valueToTree(driver.options()));
        });
        spec.init().ifPresent(value -> host.put("Init", value));
        spec.readOnly().ifPresent(value -> host.put("ReadonlyRootfs", value));
        list(host, "CapAdd", spec.capabilityAdd());
        list(host, "CapDrop", spec.capabilityDrop());
        list(host, "GroupAdd", spec.groups());
        if (!spec.ulimits().isEmpty()) host.set("Ulimits", Json.lenient().valueToTree(spec.ulimits()));
        if (!spec.sysctls().isEmpty()) host.set("Sysctls", Json.lenient().valueToTree(spec.sysctls()));
        spec.dnsConfig().ifPresent(dns -> {
            list(host, "Dns", dns.nameservers());
            list(host, "DnsSearch", dns.search());
            list(host, "DnsOptions", dns.options());
        });
        list(host, "ExtraHosts", extraHosts(spec.hosts()));
        return host;
    }

    /** A spec counts swap by itself, the engine together with memory. */
    private static void swap(Optional<Resources> resources, Limits limits, ObjectNode host) {
        resources.flatMap(Resources::swapBytes)
                .ifPresent(swap -> host.put("MemorySwap", swap < 0 ? -1 : limits.memoryBytes() + swap));
        resources.flatMap(Resources::memorySwappiness).filter(value -> value >= 0)
                .ifPresent(value -> host.put("MemorySwappiness", value));
    }

    private static List<String> securityOptions(Privileges said) {
        var options = new ArrayList<String>();
        said.seLinuxContext().ifPresent(context -> {
            if (context.disable().orElse(false)) options.add("label=disable");
            context.user().filter(text -> !text.isEmpty()).ifPresent(user -> options.add("label=user:" + user));
            context.role().filter(text -> !text.isEmpty()).ifPresent(role -> options.add("label=role:" + role));
            context.type().filter(text -> !text.isEmpty()).ifPresent(type -> options.add("label=type:" + type));
            context.level().filter(text -> !text.isEmpty()).ifPresent(level -> options.add("label=level:" + level));
        });
        said.seccomp().ifPresent(seccomp -> {
            switch (seccomp.mode().orElse("")) {
                case "unconfined" -> options.add("seccomp=unconfined");
                case "custom" -> options.add("seccomp=" + new String(Base64.getDecoder().decode(seccomp.profile().orElse("")), StandardCharsets.UTF_8));
                default -> {}
            }
        });
        if (said.appArmor().flatMap(Privileges.AppArmor::mode).orElse("").equals("disabled")) options.add("apparmor=unconfined");
        if (said.noNewPrivileges().orElse(false)) options.add("no-new-privileges=true");
        return options;
    }

    /** Further networks are joined when the container is made: older engines take only one here. */
    private static void network(Networking networking, ObjectNode body) {
        ObjectNode host = (ObjectNode) body.get("HostConfig");
        switch (networking) {
            case Networking.Unsaid() -> {}
            case Networking.Mode(var word) -> host.put("NetworkMode", word);
            case Networking.On(var places, var resolvers) -> {
                var first = places.getFirst();
                host.put("NetworkMode", first.name());
                body.putObject("NetworkingConfig").putObject("EndpointsConfig").set(first.name(), DockerNetworks.endpoint(first));
                if (!resolvers.isEmpty()) list(host, "Dns", resolvers);
            }
        }
    }

    /** The container's own labels win nothing: those by which it is found again are put over them. */
    private static SortedMap<String, String> labels(AssignedTask task, ClusterId cluster, NodeId node) {
        var labels = new TreeMap<>(task.spec().containerSpec().labels());
        labels.put(ContainerLabels.CLUSTER, cluster.toString());
        labels.put(ContainerLabels.SERVICE, task.service().toString());
        labels.put(ContainerLabels.TASK, task.id().toString());
        labels.put(ContainerLabels.NODE, node.toString());
        labels.put(ContainerLabels.SWARM_NODE_ID, node.toString());
        labels.put(ContainerLabels.SWARM_SERVICE_ID, task.service().toString());
        labels.put(ContainerLabels.SWARM_SERVICE_NAME, task.serviceName());
        labels.put(ContainerLabels.SWARM_TASK, "");
        labels.put(ContainerLabels.SWARM_TASK_ID, task.id().toString());
        labels.put(ContainerLabels.SWARM_TASK_NAME, task.name());
        return labels;
    }

    private static void publish(List<PortConfig> ports, ObjectNode body) {
        if (ports.isEmpty()) return;
        ObjectNode exposed = body.putObject("ExposedPorts");
        ObjectNode bindings = ((ObjectNode) body.get("HostConfig")).putObject("PortBindings");
        for (PortConfig port : ports) {
            String inside = port.targetPort() + "/" + (port.protocol().isEmpty() ? "tcp" : port.protocol());
            exposed.putObject(inside);
            bindings.withArrayProperty(inside)
                    .addObject()
                    .put("HostPort", port.publishedPort() == 0 ? "" : Integer.toString(port.publishedPort()));
        }
    }

    /** A spec says {@code IP name…} as /etc/hosts does, the engine wants {@code name:IP} each. */
    private static List<String> extraHosts(List<String> lines) {
        var hosts = new ArrayList<String>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+");
            for (int name = 1; name < words.length; name++) hosts.add(words[name] + ":" + words[0]);
        }
        return hosts;
    }

    private static Mount typed(Mount mount) {
        return mount.type().isEmpty()
                ? new Mount("volume", mount.source(), mount.target(), mount.readOnly(), mount.consistency(),
                        mount.bindOptions(), mount.volumeOptions(), mount.tmpfsOptions())
                : mount;
    }

    /** The engine counts grace in whole seconds; a grace of 500 ms is rounded up, or it would be no grace at all. */
    static long wholeSeconds(Duration grace) {
        return grace.plusNanos(999_999_999).toSeconds();
    }

    private static void list(ObjectNode into, String key, List<String> values) {
        if (!values.isEmpty()) into.set(key, Json.lenient().valueToTree(values));
    }
}
