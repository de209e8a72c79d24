package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.Json;
import io.cardume.api.NetworkId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bridge networks of a Docker Engine. */
final class DockerNetworks implements EngineNetworks {
    private static final Logger LOG = LoggerFactory.getLogger(DockerNetworks.class);
    private static final String BRIDGE = "com.docker.network.bridge.name";
    private static final String MTU = "com.docker.network.driver.mtu";

    /** One question to the engine's API. */
    interface Asking {
        /** The answer's JSON; a missing node where it has none. */
        JsonNode ask(Request.Method method, String path, Optional<ObjectNode> body) throws EngineException;
    }

    /** Where a task's container is. */
    interface Finding {
        String container(TaskId task) throws EngineException;
    }

    private final Asking engine;
    private final Finding containers;

    DockerNetworks(Asking engine, Finding containers) {
        this.engine = engine;
        this.containers = containers;
    }

    @Override
    public SortedMap<NetworkId, String> all(ClusterId cluster) throws EngineException {
        var found = new TreeMap<NetworkId, String>();
        for (JsonNode network : listed(ContainerLabels.CLUSTER + "=" + cluster)) {
            var id = network.path("Labels").path(ContainerLabels.NETWORK).asText("");
            if (!id.isEmpty()) found.put(new NetworkId(id), network.path("Id").asText());
        }
        return found;
    }

    private JsonNode listed(String label) throws EngineException {
        var filters = Json.lenient().createObjectNode();
        filters.putArray("label").add(label);
        return engine.ask(Request.Method.GET, "/networks?filters=" + URLEncoder.encode(filters.toString(), StandardCharsets.UTF_8), Optional.empty());
    }

    @Override
    public void make(EngineNetwork network, ClusterId cluster) throws EngineException {
        for (JsonNode there : listed(ContainerLabels.NETWORK + "=" + network.id())) {
            if (isSo(there, network)) return;
            engine.ask(Request.Method.DELETE, "/networks/" + there.path("Id").asText(), Optional.empty());
        }
        var body = Json.lenient().createObjectNode();
        body.put("Name", network.name()).put("CheckDuplicate", true).put("Driver", "bridge").put("Internal", network.internal());
        body.putObject("IPAM").put("Driver", "default").putArray("Config").addObject()
                .put("Subnet", network.subnet().toString()).put("Gateway", network.gateway().toString())
                // The engine has nothing to give out by itself, to a container made by hand: addresses are the manager's.
                .put("IPRange", network.gateway() + "/32");
        body.putObject("Options").put(BRIDGE, network.bridge()).put(MTU, Integer.toString(network.mtu()));
        body.putObject("Labels").put(ContainerLabels.CLUSTER, cluster.value()).put(ContainerLabels.NETWORK, network.id().value());
        try {
            engine.ask(Request.Method.POST, "/networks/create", Optional.of(body));
        } catch (EngineException e) {
            // In which words it says that addresses are taken depends on how they are, and on its version.
            var inTheWay = e.kind() == EngineException.Kind.UNREACHABLE ? "" : inTheWay(network);
            if (inTheWay.isEmpty()) throw e;
            throw new EngineException(e.kind(), "network " + network.name() + " has " + network.subnet() + ": " + e.getMessage()
                    + ". In the way on this host's engine: " + inTheWay, e);
        }
    }

    /** Which of the engine's networks have addresses of this one, and what is to be done; "" if none is found. */
    private String inTheWay(EngineNetwork wanted) {
        var found = new ArrayList<String>();
        try {
            for (JsonNode there : engine.ask(Request.Method.GET, "/networks", Optional.empty()))
                for (JsonNode range : there.path("IPAM").path("Config"))
                    if (isOn(wanted.subnet(), range.path("Subnet").asText())) found.add(obstacle(there, range.path("Subnet").asText()));
        } catch (EngineException e) {
            LOG.debug("what is in the way of network {} cannot be asked: {}", wanted.name(), e.getMessage());
        }
        return String.join("; ", found);
    }

    /** Addresses of IPv6 are in nobody's way here; the engine gives those of IPv4 as they were said, be it with an address inside. */
    private static boolean isOn(Subnet wanted, String said) {
        var slash = said.indexOf('/');
        var address = slash < 0 ? Optional.<Ipv4>empty() : Ipv4.of(said.substring(0, slash));
        if (address.isEmpty() || !said.substring(slash + 1).matches("[0-9]|[12][0-9]|3[0-2]")) return false;
        return wanted.overlaps(Subnet.around(address.get(), Integer.parseInt(said.substring(slash + 1))));
    }

    private static String obstacle(JsonNode network, String range) {
        var name = network.path("Name").asText();
        var cluster = network.path("Labels").path(ContainerLabels.CLUSTER).asText("");
        return "network " + name + " (" + range + (cluster.isEmpty() ? "" : ", of cluster " + cluster) + "), if nothing needs it: `docker network rm " + name + "`";
    }

    private static boolean isSo(JsonNode there, EngineNetwork wanted) {
        var range = there.path("IPAM").path("Config").path(0);
        return there.path("Name").asText().equals(wanted.name())
                && there.path("Internal").asBoolean() == wanted.internal()
                && there.path("Options").path(BRIDGE).asText().equals(wanted.bridge())
                && range.path("Subnet").asText().equals(wanted.subnet().toString())
                && range.path("Gateway").asText().equals(wanted.gateway().toString());
    }

    @Override
    public void remove(NetworkId network, ClusterId cluster) throws EngineException {
        var id = all(cluster).get(network);
        if (id == null) return;
        try {
            engine.ask(Request.Method.DELETE, "/networks/" + id, Optional.empty());
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
        }
    }

    @Override
    public void join(TaskId task, Networking.On networking) throws EngineException {
        if (networking.places().size() == 1) return;
        var container = containers.container(task);
        var on = engine.ask(Request.Method.GET, "/containers/" + container + "/json", Optional.empty()).path("NetworkSettings").path("Networks");
        for (Networking.Place place : networking.places()) {
            if (on.has(place.name())) continue;
            var body = Json.lenient().createObjectNode().put("Container", container);
            body.set("EndpointConfig", endpoint(place));
            engine.ask(Request.Method.POST, "/networks/" + place.name() + "/connect", Optional.of(body));
        }
    }

    /** How a container is on a network: with the address it was given, and with the MAC address that goes with it. */
    static ObjectNode endpoint(Networking.Place place) {
        var endpoint = Json.lenient().createObjectNode().put("MacAddress", place.address().mac());
        endpoint.putObject("IPAMConfig").put("IPv4Address", place.address().toString());
        return endpoint;
    }
}
