package io.cardume.agent.names;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.NetworkOnNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What names lead to on each network: a service, {@code tasks.} and a service, an alias, a task; all of them also with a
 * dot and the network's name. A service and its aliases lead to its virtual address, if it has one there; all else leads
 * to tasks that take requests, and to no others.
 */
public final class NameTable {
    /** Of a host on no network. */
    public static final NameTable EMPTY = new NameTable(List.of(), Map.of());

    /** What comes of asking for a name. */
    public sealed interface Found {
        /** It is a name here; none of its tasks may take requests now. */
        record Here(List<Ipv4> addresses) implements Found {
            public Here {
                addresses = Copies.list(addresses);
            }
        }

        /** It is no name here. */
        record Elsewhere() implements Found {}

        /** It is no name here, and who asks is on internal networks alone: it has no business with other names. */
        record Nowhere() implements Found {}

        /** It is no name here, and who asks has name servers of its own. */
        record OwnResolvers() implements Found {}
    }

    private static final String INGRESS = "ingress";

    private record Names(NetworkOnNode network, Map<String, List<Ipv4>> addresses, Set<TaskId> tasks) {
        static Names of(NetworkOnNode network) {
            var tasks = new HashSet<TaskId>();
            network.endpoints().forEach(endpoint -> tasks.add(endpoint.task()));
            return new Names(network, names(network), tasks);
        }
    }

    private record Asker(boolean ownResolvers, List<Names> networks) {}

    private final List<Names> networks;
    private final Map<Ipv4, Asker> askers;

    private NameTable(List<Names> networks, Map<Ipv4, Asker> askers) {
        this.networks = networks;
        this.askers = askers;
    }

    /** The names on the networks of a node; its own tasks may ask for them. */
    public static NameTable of(Collection<NetworkOnNode> networks, NodeId node) {
        return EMPTY.after(networks, node);
    }

    /** The same as {@link #of}, where only some networks are others than those this one was made of. */
    public NameTable after(Collection<NetworkOnNode> now, NodeId node) {
        var known = new IdentityHashMap<NetworkOnNode, Names>();
        networks.forEach(names -> known.put(names.network(), names));
        var all = new ArrayList<Names>();
        now.stream().sorted(Comparator.comparing(NetworkOnNode::name))
                .forEach(network -> all.add(Optional.ofNullable(known.get(network)).orElseGet(() -> Names.of(network))));
        var askers = new HashMap<Ipv4, Asker>();
        for (Names here : all)
            for (NetworkOnNode.Endpoint endpoint : here.network().endpoints())
                if (endpoint.node().equals(node))
                    askers.put(endpoint.address(), new Asker(endpoint.ownResolvers(), all.stream().filter(names -> isOn(endpoint, names)).toList()));
        return new NameTable(List.copyOf(all), askers);
    }

    private static boolean isOn(NetworkOnNode.Endpoint endpoint, Names names) {
        return names.tasks().contains(endpoint.task());
    }

    private static Map<String, List<Ipv4>> names(NetworkOnNode network) {
        var names = new HashMap<String, Set<Ipv4>>();
        // Tasks that only publish ports on the same hosts are no neighbours.
        if (network.name().equals(INGRESS)) return Map.of();
        var withAddress = new HashSet<String>();
        for (NetworkOnNode.VirtualAddress service : network.services()) {
            if (service.name().isEmpty()) continue;
            withAddress.add(service.name());
            lead(names, service.name(), service.address());
            for (String alias : service.aliases()) lead(names, alias, service.address());
        }
        for (NetworkOnNode.Endpoint endpoint : network.endpoints()) {
            lead(names, endpoint.name(), endpoint);
            lead(names, "tasks." + endpoint.service(), endpoint);
            for (String alias : endpoint.aliases()) lead(names, "tasks." + alias, endpoint);
            if (withAddress.contains(endpoint.service())) continue;
            lead(names, endpoint.service(), endpoint);
            for (String alias : endpoint.aliases()) lead(names, alias, endpoint);
        }
        var inOrder = new HashMap<String, List<Ipv4>>();
        names.forEach((name, addresses) -> inOrder.put(name, List.copyOf(addresses)));
        return inOrder;
    }

    private static void lead(Map<String, Set<Ipv4>> names, String name, Ipv4 to) {
        names.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new LinkedHashSet<>()).add(to);
    }

    private static void lead(Map<String, Set<Ipv4>> names, String name, NetworkOnNode.Endpoint to) {
        if (to.serving()) lead(names, name, to.address());
        else names.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new LinkedHashSet<>());
    }

    /**
     * What a name leads to for a container.
     *
     * @param asker the container's address
     * @param name without the last dot
     */
    public Found find(Ipv4 asker, String name) {
        var known = Optional.ofNullable(askers.get(asker));
        var seen = known.map(Asker::networks)
                .orElseGet(() -> networks.stream().filter(names -> names.network().subnet().contains(asker)).toList());
        var asked = name.toLowerCase(Locale.ROOT);
        for (Names names : seen) {
            var addresses = names.addresses().get(asked);
            if (addresses != null) return new Found.Here(addresses);
        }
        for (Names names : seen) {
            var suffix = "." + names.network().name().toLowerCase(Locale.ROOT);
            if (!asked.endsWith(suffix)) continue;
            var addresses = names.addresses().get(asked.substring(0, asked.length() - suffix.length()));
            if (addresses != null) return new Found.Here(addresses);
        }
        if (!seen.isEmpty() && seen.stream().allMatch(names -> names.network().internal())) return new Found.Nowhere();
        return known.filter(Asker::ownResolvers).isPresent() ? new Found.OwnResolvers() : new Found.Elsewhere();
    }
}
