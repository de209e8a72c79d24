package io.cardume.agent.balance;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.PublishLabels;
import io.cardume.api.ServiceId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.NetworkOnNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What a manager may say of services, said shortly: one network, {@code ingress}, two nodes. */
final class Tables {
    static final NodeId HERE = new NodeId("here");
    static final NodeId THERE = new NodeId("there");
    static final NetworkId INGRESS = new NetworkId("ingress0id");
    static final NetworkOnNode NETWORK = network(INGRESS, "ingress", 0x100, "10.9.0.0/16", false);

    private Tables() {}

    static NetworkOnNode network(NetworkId id, String name, int vni, String subnet, boolean internal) {
        var range = Subnet.parse(subnet);
        return new NetworkOnNode(id, name, range, range.first().plus(1), vni, Optional.empty(), internal, List.of(),
                List.of(new NetworkOnNode.Host(HERE, range.first().plus(2), "192.0.2.1"), new NetworkOnNode.Host(THERE, range.first().plus(3), "192.0.2.2")),
                List.of());
    }

    static PortConfig tcp(int published) {
        return port("tcp", published);
    }

    static PortConfig udp(int published) {
        return port("udp", published);
    }

    private static PortConfig port(String protocol, int published) {
        return new PortConfig(Optional.empty(), protocol, 80, published, "ingress");
    }

    /** A service with a virtual address and so many tasks, 10.9.0.11 and on, the first of them on this node. */
    static BalancedService service(String name, String virtual, int tasks, PortConfig... ports) {
        var backends = new ArrayList<BalancedService.Backend>();
        for (int i = 0; i < tasks; i++) backends.add(backend(name, i));
        return service(name, virtual, backends, ports);
    }

    static BalancedService service(String name, String virtual, List<BalancedService.Backend> backends, PortConfig... ports) {
        var addresses = new TreeMap<NetworkId, Ipv4>();
        addresses.put(INGRESS, Ipv4.parse(virtual));
        return new BalancedService(new ServiceId(name), name, addresses, List.of(ports), new TreeMap<>(), backends);
    }

    static BalancedService.Backend backend(String service, int number) {
        var addresses = new TreeMap<NetworkId, Ipv4>();
        addresses.put(INGRESS, Ipv4.parse("10.9.0.11").plus(number));
        return new BalancedService.Backend(new TaskId(service + number), number == 0 ? HERE : THERE, addresses);
    }

    static BalancedService local(BalancedService service, String word) {
        var labels = new TreeMap<String, String>();
        labels.put(PublishLabels.LOCAL, word);
        return new BalancedService(service.id(), service.name(), service.addresses(), service.ports(), labels, service.backends());
    }

    static Balances balances(BalancedService... services) {
        return Balances.of(List.of(NETWORK), List.of(services), HERE);
    }
}
