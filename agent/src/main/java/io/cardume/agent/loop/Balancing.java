package io.cardume.agent.loop;

import io.cardume.agent.balance.Balancer;
import io.cardume.agent.balance.Balances;
import io.cardume.agent.door.Door;
import io.cardume.agent.door.DoorTable;
import io.cardume.agent.net.LinkException;
import io.cardume.agent.net.Reach;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.PortTrouble;
import io.cardume.api.link.ToAgent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The host's balancers, as the manager says, and the word to the manager when they are so. Before the first word of a
 * manager they stay as they are.
 */
public final class Balancing implements AutoCloseable {
    /**
     * The services that the manager has said are reached from this node.
     *
     * @param missed whether something that was said is not in it: it is no answer that this is so
     */
    private record Said(ClusterId cluster, long generation, SortedMap<ServiceId, BalancedService> services, boolean missed) {
        Said {
            services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
        }
    }

    /** The certificates that the manager has said the door shows, by secret, and of which cluster. */
    private record Shown(Optional<ClusterId> cluster, SortedMap<String, Payload> bySecret) {
        static final Shown NOTHING = new Shown(Optional.empty(), Collections.emptySortedMap());
    }

    /** What was answered to what; the same words said again want an answer again. */
    private record Answered(Said said, List<PortTrouble> troubles) {}

    private final Balancer balancer;
    private final Door door;
    private final Reach reach;
    private final NodeId node;
    private final Outbox outbox;
    private final AtomicReference<Shown> shown = new AtomicReference<>(Shown.NOTHING);
    private volatile Optional<Said> said = Optional.empty();
    private Optional<Answered> answered = Optional.empty();

    /**
     * @param balancer does it in the kernel
     * @param door does it for HTTP
     * @param node this node
     * @param outbox takes what is said to the manager
     */
    public Balancing(Balancer balancer, Door door, NodeId node, Outbox outbox) {
        this.balancer = balancer;
        this.door = door;
        this.reach = new Reach(nodes -> outbox.say(new FromAgent.Unreached(List.copyOf(nodes))));
        this.node = node;
        this.outbox = outbox;
    }

    /** The manager has said which services there are; called by one thread. Whether all it said before is known too: if not, it is to say everything again. */
    boolean told(ClusterId cluster, ToAgent.Balancing now) {
        var before = said.filter(known -> known.cluster().equals(cluster));
        var known = before.map(Said::services).orElseGet(Collections::emptySortedMap);
        var services = now.after(known);
        boolean missed = services.isEmpty() || !now.whole() && before.filter(all -> !all.missed()).isEmpty();
        said = Optional.of(new Said(cluster, now.generation(), services.orElse(known), missed));
        return !missed;
    }

    /** The manager has said which certificates the door shows. */
    void told(ClusterId cluster, ToAgent.Certificates now) {
        shown.set(new Shown(Optional.of(cluster), now.bySecret()));
    }

    /** What has been said so far; taken before the networks it is settled with, which then are as new at least. */
    Settling settling() {
        return new Settling(said);
    }

    /** What is to be settled. */
    final class Settling {
        private final Optional<Said> wanted;

        private Settling(Optional<Said> wanted) {
            this.wanted = wanted;
        }

        /** Whose services it is about, if anything was said. */
        Optional<ClusterId> cluster() {
            return wanted.map(Said::cluster);
        }

        /**
         * Makes the balancers so, and says so once.
         *
         * @param networks those of the cluster that this node is on
         * @param look whether what was made before may be gone
         * @param sayable whether the devices of those networks are as they should be; while they are not, nothing is said
         */
        void settle(Collection<NetworkOnNode> networks, boolean look, boolean sayable) throws LinkException {
            if (wanted.isEmpty()) return;
            var known = wanted.get();
            reach.hosts(hosts(networks));
            var troubles = new ArrayList<>(balancer.balance(known.cluster(), Balances.of(networks, known.services().values(), node), look));
            troubles.addAll(door.tell(door(networks, known.services().values())));
            if (!sayable || known.missed()) return;
            if (answered.filter(before -> before.said() == known && before.troubles().equals(troubles)).isPresent()) return;
            if (outbox.say(new FromAgent.Balanced(known.generation(), troubles))) answered = Optional.of(new Answered(known, List.copyOf(troubles)));
        }

        /** The other hosts of the network that all are on as long as one publishes anything. */
        private Optional<Reach.Hosts> hosts(Collection<NetworkOnNode> networks) {
            for (NetworkOnNode network : networks) {
                if (!network.name().equals(Balances.INGRESS)) continue;
                var all = new TreeMap<NodeId, Ipv4>();
                network.hosts().forEach(host -> all.put(host.node(), host.address()));
                return Optional.ofNullable(all.remove(node)).map(own -> new Reach.Hosts(own, all));
            }
            return Optional.empty();
        }

        /** It leads to tasks by way of the network that published ports lead into, as far as this host is on it. */
        private DoorTable door(Collection<NetworkOnNode> networks, Collection<BalancedService> services) {
            for (NetworkOnNode network : networks) {
                var own = network.hosts().stream().filter(host -> host.node().equals(node)).map(NetworkOnNode.Host::address).findFirst();
                if (network.name().equals(Balances.INGRESS) && own.isPresent()) return DoorTable.of(services, network.id(), own, shown.get().bySecret());
            }
            return DoorTable.EMPTY;
        }
    }

    /** A cluster is no more: nothing of it is left. */
    void end(ClusterId cluster) throws LinkException {
        shown.updateAndGet(known -> known.cluster().equals(Optional.of(cluster)) ? Shown.NOTHING : known);
        if (said.filter(known -> known.cluster().equals(cluster)).isPresent()) {
            said = Optional.empty();
            door.tell(DoorTable.EMPTY);
            reach.hosts(Optional.empty());
        }
        balancer.end(cluster);
    }

    /** Stops listening; the kernel goes on as it was told. */
    @Override
    public void close() {
        reach.close();
        door.close();
        balancer.close();
    }
}
