package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a user declares a service to be (Engine API: ServiceSpec).
 *
 * @param name DNS label of at most 63 characters, unique in the cluster
 * @param labels labels of the service; those under {@code cardume.} say what Swarm's API cannot
 * @param taskTemplate what each of its tasks is
 * @param mode how many tasks there are
 * @param updateConfig how an update is carried out; absent = new before old where that can be, and back by itself
 * @param rollbackConfig how a rollback is carried out; absent = as an update
 * @param endpointSpec the ports it publishes
 */
public record ServiceSpec(
        @JsonProperty("Name") String name,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("TaskTemplate") TaskSpec taskTemplate,
        @JsonProperty("Mode") ServiceMode mode,
        @JsonProperty("UpdateConfig") Optional<UpdateConfig> updateConfig,
        @JsonProperty("RollbackConfig") Optional<UpdateConfig> rollbackConfig,
        @JsonProperty("EndpointSpec") Optional<EndpointSpec> endpointSpec) {
    public ServiceSpec {
        name = Copies.text(name);
        labels = Copies.labels(labels);
        mode = mode == null ? ServiceMode.UNSAID : mode;
        taskTemplate = taskTemplate == null ? TaskSpec.EMPTY : taskTemplate;
        updateConfig = Copies.optional(updateConfig);
        rollbackConfig = Copies.optional(rollbackConfig);
        endpointSpec = Copies.optional(endpointSpec);
    }

    /** The number of replicas asked for; one where the caller said nothing, as Swarm. */
    public int replicas() {
        return mode.replicated().flatMap(Replicated::replicas).map(Long::intValue).orElse(1);
    }

    /** The same spec with another number of replicas. */
    public ServiceSpec replicas(int count) {
        var counted = ServiceMode.replicas(count);
        return new ServiceSpec(name, labels, taskTemplate, counted, updateConfig, rollbackConfig, endpointSpec);
    }

    /** The same spec in another mode. */
    public ServiceSpec mode(ServiceMode other) {
        return new ServiceSpec(name, labels, taskTemplate, other, updateConfig, rollbackConfig, endpointSpec);
    }

    /** The same spec with another template. */
    public ServiceSpec template(TaskSpec other) {
        return new ServiceSpec(name, labels, other, mode, updateConfig, rollbackConfig, endpointSpec);
    }

    /** The published ports, none where the caller said nothing. */
    public List<PortConfig> ports() {
        return endpointSpec.map(EndpointSpec::ports).orElse(List.of());
    }

    /** The ports that every node answers on. */
    public List<PortConfig> ingressPorts() {
        return ports().stream().filter(PortConfig::onEveryNode).toList();
    }

    /** The ports that only the nodes with a task of it answer on. */
    public List<PortConfig> hostPorts() {
        return ports().stream().filter(port -> !port.onEveryNode()).toList();
    }

    /** Whether requests from outside may come in on any node, so that its tasks are on the network for that. */
    public boolean onIngress() {
        return !ingressPorts().isEmpty() || labels.containsKey(HttpLabels.PORT);
    }

    /** Whether it has an address of its own on each of its networks, by which its tasks are reached in turn. */
    public boolean hasVirtualAddresses() {
        return !mode.runsToEnd() && !endpointSpec.flatMap(EndpointSpec::mode).orElse("").equals("dnsrr");
    }
}
