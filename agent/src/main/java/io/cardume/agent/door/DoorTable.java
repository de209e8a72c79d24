package io.cardume.agent.door;

import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.Payload;
import io.cardume.api.link.BalancedService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is reached by HTTP on this host.
 *
 * @param members the services, by id
 * @param source the own address on the network they are reached on, from which they are called; empty = whichever the host takes
 * @param certificates certificates and keys in PEM, by the secret's name
 */
public record DoorTable(List<Member> members, Optional<Ipv4> source, SortedMap<String, Payload> certificates) {
    /** Nothing. */
    public static final DoorTable EMPTY = new DoorTable(List.of(), Optional.empty(), Collections.emptySortedMap());

    private static final String EVERY = "*";

    public DoorTable {
        members = members.stream().sorted(Comparator.comparing(Member::service)).toList();
        certificates = Collections.unmodifiableSortedMap(new TreeMap<>(certificates));
    }

    /**
     * Of what the manager says.
     *
     * @param services every service that the node's balancers lead to
     * @param network the network their tasks are called on
     * @param source this host's address on it
     * @param certificates certificates and keys in PEM, by the secret's name
     */
    public static DoorTable of(
            Collection<BalancedService> services, NetworkId network, Optional<Ipv4> source, SortedMap<String, Payload> certificates) {
        var members = new ArrayList<Member>();
        for (BalancedService service : services)
            HttpLabels.of(service.labels()).ifPresent(labels -> members.add(new Member(service.id(), service.name(), labels,
                    service.backends().stream()
                            .filter(backend -> backend.addresses().containsKey(network))
                            .flatMap(backend -> backend.httpTarget(labels.port()).stream().map(port -> Target.of(backend.task(),
                                    new InetSocketAddress(inet(backend.addresses().get(network)), port))))
                            .toList())));
        return new DoorTable(members, source, certificates);
    }

    /** The secrets with certificates, by the names of the hosts they are for; {@code *} = any other. */
    SortedMap<String, String> secrets() {
        var secrets = new TreeMap<String, String>();
        for (Member member : members)
            member.labels().tls().ifPresent(secret -> hosts(member.labels()).forEach(host -> secrets.putIfAbsent(host, secret)));
        return secrets;
    }

    /** The routes by host, the longest paths first. */
    Map<String, List<Route>> routes() {
        var shared = new TreeMap<String, SortedMap<String, List<Member>>>();
        for (Member member : members)
            for (String host : hosts(member.labels()))
                shared.computeIfAbsent(host, _ -> new TreeMap<>())
                        .computeIfAbsent(member.labels().path(), _ -> new ArrayList<>())
                        .add(member);
        var routes = new HashMap<String, List<Route>>();
        shared.forEach((host, paths) -> routes.put(host, paths.entrySet().stream()
                .map(entry -> new Route(host, entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing((Route route) -> route.path().equals("/") ? 0 : route.path().length()).reversed())
                .toList()));
        return routes;
    }

    /**
     * The most particular of the entries that are for a host: its name, then the names with {@code *.} in front, then all hosts.
     *
     * @param host in small letters
     */
    static <T> Optional<T> particular(Map<String, T> byHost, String host) {
        return names(host).stream().filter(byHost::containsKey).findFirst().map(byHost::get);
    }

    /** What a host may be entered as, the most particular first. */
    static List<String> names(String host) {
        var names = new ArrayList<String>();
        names.add(host);
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) names.add("*" + host.substring(dot));
        names.add(EVERY);
        return names;
    }

    /** The route for a request. A path that the host's own entries do not have is looked for in the less particular ones. */
    static Optional<Route> route(Map<String, List<Route>> routes, String host, String path) {
        return names(host).stream()
                .flatMap(name -> routes.getOrDefault(name, List.of()).stream())
                .filter(route -> route.matches(path))
                .findFirst();
    }

    /** The address in the JDK's words. */
    static InetAddress inet(Ipv4 address) {
        return InetAddress.ofLiteral(address.toString());
    }

    private static List<String> hosts(HttpLabels labels) {
        return labels.hosts().isEmpty() ? List.of(EVERY) : labels.hosts();
    }
}
