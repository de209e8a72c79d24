package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.EngineNetwork;
import io.cardume.agent.engine.Networking;
import io.cardume.agent.files.GivenFile;
import io.cardume.agent.names.NameServer;
import io.cardume.agent.names.NameTable;
import io.cardume.agent.names.Resolvers;
import io.cardume.agent.net.HostLinks;
import io.cardume.agent.net.LinkException;
import io.cardume.agent.net.Overlay;
import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.ClusterId;
import io.cardume.api.DnsConfig;
import io.cardume.api.FileTarget;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's part of the networks across hosts: a bridge of the engine and a device that leads to the other hosts, each
 * as the manager's table says. What is missing is made, at the latest before a container needs it; what is ours and not in
 * the table goes as soon as nothing runs on it. Before the first table nothing is removed.
 */
public final class HostNetworks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostNetworks.class);
    /** The engine asks no more of them. */
    private static final int RESOLVERS = 3;
    private static final String RESOLVERS_FILE = "/etc/resolv.conf";

    /**
     * How long nothing needs to be done, if nothing is heard. A look costs commands.
     *
     * @param tryAgain after something could not be done
     * @param lookAgain until what is there is looked at again
     * @param lookNowAndThen the same while nothing of ours is on the host and a look has seen so: whoever comes to need something wakes us
     */
    record Pauses(Duration tryAgain, Duration lookAgain, Duration lookNowAndThen) {
        static final Pauses USUAL = new Pauses(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(1));

        /**
         * The next one.
         *
         * @param well whether all could be done
         * @param nothingSeen whether there was nothing of ours to look at, and the look that has just been taken saw to it that nothing is left
         */
        Duration next(boolean well, boolean nothingSeen) {
            if (!well) return tryAgain;
            return nothingSeen ? lookNowAndThen : lookAgain;
        }
    }

    /**
     * @param recalled whether it is what was kept of a manager's last word: something may have come since, so nothing is removed by it
     * @param missed whether something that was said is not in it: it is no answer that this is so
     */
    private record Table(ClusterId cluster, SortedMap<NetworkId, NetworkOnNode> networks, boolean recalled, boolean missed) {}

    private final ContainerEngine engine;
    private final HostLinks links;
    private final NameServer names;
    private final NodeId node;
    private final Balancing balancing;
    private final Pauses pauses;
    private final Semaphore news = new Semaphore(0);
    private final SortedSet<ClusterId> ended = new ConcurrentSkipListSet<>();
    private final Map<NetworkId, EngineNetwork> bridges = new ConcurrentHashMap<>();
    private final Map<NetworkId, Overlay> overlays = new ConcurrentHashMap<>();
    /** What the host's link leaves for a packet, by the host's address. */
    private final Map<String, Integer> mtus = new ConcurrentHashMap<>();
    private final Thread thread = Thread.ofVirtual().name("host-networks").unstarted(this::run);
    private volatile Optional<Table> table = Optional.empty();
    private volatile boolean closed;
    private NameTable nameTable = NameTable.EMPTY;
    private final Set<Ipv4> unanswered = ConcurrentHashMap.newKeySet();
    private String lastTrouble = "";

    /**
     * @param engine makes the bridges
     * @param links makes the devices
     * @param names answers what names lead to
     * @param node this node
     * @param balancing leads to services, once the networks are there
     * @param ended clusters that were ended and of which something may be left
     */
    public HostNetworks(
            ContainerEngine engine, HostLinks links, NameServer names, NodeId node, Balancing balancing, SortedSet<ClusterId> ended) {
        this(engine, links, names, node, balancing, ended, Pauses.USUAL);
    }

    HostNetworks(ContainerEngine engine, HostLinks links, NameServer names, NodeId node, Balancing balancing, SortedSet<ClusterId> ended, Pauses pauses) {
        this.pauses = pauses;
        this.balancing = balancing;
        this.names = names;
        this.engine = engine;
        this.links = links;
        this.node = node;
        this.ended.addAll(ended);
    }

    /** Begins to work. */
    public void start() {
        thread.start();
    }

    /** The manager has said which networks there are; called by one thread. Whether all it said before is known too: if not, it is to say everything again. */
    boolean told(ClusterId cluster, ToAgent.Networks said) {
        var before = table.filter(known -> known.cluster().equals(cluster));
        var known = before.map(Table::networks).orElseGet(Collections::emptySortedMap);
        var networks = said.after(known);
        boolean missed = networks.isEmpty() || !said.whole() && before.filter(all -> !all.missed()).isEmpty();
        // What is said after something was missed is not all there is: nothing is removed by it.
        boolean recalled = missed || !said.whole() && before.filter(Table::recalled).isPresent();
        table(new Table(cluster, networks.orElse(known), recalled, missed));
        return !missed;
    }

    /** This is what a manager said before the agent was started; it holds until one says more. */
    void recalled(ClusterId cluster, List<NetworkOnNode> kept) {
        var networks = new TreeMap<NetworkId, NetworkOnNode>();
        kept.forEach(network -> networks.put(network.id(), network));
        table(new Table(cluster, networks, true, false));
    }

    private void table(Table now) {
        ended.remove(now.cluster());
        table = Optional.of(now);
        nameTable = nameTable.after(now.networks().values(), node);
        names.table(nameTable);
        look();
    }

    /** The manager has said which services are reached from here; called by the thread that says which networks there are. */
    boolean told(ClusterId cluster, ToAgent.Balancing said) {
        boolean fits = balancing.told(cluster, said);
        look();
        return fits;
    }

    /** The manager has said which certificates hosts show; the services that need them come after it. */
    void told(ClusterId cluster, ToAgent.Certificates said) {
        balancing.told(cluster, said);
        look();
    }

    /** Which networks there are, as far as a manager of the cluster has said. */
    List<NetworkOnNode> known(ClusterId cluster) {
        return table.filter(known -> known.cluster().equals(cluster)).map(known -> List.copyOf(known.networks().values())).orElse(List.of());
    }

    /** A cluster is no more. */
    void ended(ClusterId cluster) {
        ended.add(cluster);
        if (table.filter(known -> known.cluster().equals(cluster)).isPresent()) table = Optional.empty();
        look();
    }

    private void look() {
        if (news.availablePermits() == 0) news.release();
    }

    /** On which networks of the engine a task's container is to be; they are there when this returns. */
    Networking prepare(AssignedTask task) throws EngineException {
        var asked = task.spec().networks();
        if (asked.isEmpty()) return new Networking.Unsaid();
        var predefined = PredefinedNetwork.of(asked.getFirst().target());
        if (predefined.isPresent()) return new Networking.Mode(predefined.get().word());
        var known = table.orElseThrow(() -> new EngineException(EngineException.Kind.UNREACHABLE, "the manager has not said yet which networks there are"));
        var places = new ArrayList<Networking.Place>();
        for (NetworkAttachment attachment : asked) {
            var network = Optional.ofNullable(known.networks().get(new NetworkId(attachment.target())));
            var own = network.stream().flatMap(there -> there.endpoints().stream()).filter(endpoint -> endpoint.task().equals(task.id())).findFirst();
            if (own.isEmpty())
                throw new EngineException(EngineException.Kind.UNREACHABLE,
                        "the manager has not said yet which address the task has on network " + attachment.target());
            build(known.cluster(), network.get(), own.get().host(), false);
            places.add(new Networking.Place(network.get().id(), name(network.get()), own.get().address()));
        }
        boolean out = places.stream().anyMatch(place -> !known.networks().get(place.network()).internal());
        return new Networking.On(places, resolvers(task, known.networks().get(places.getFirst().network()), out));
    }

    /**
     * Who the engine asks for the container's names: this host first, then the container's own or the host's name servers,
     * so that the names of the world do not hang on the agent. None if names cannot be answered here.
     *
     * @param out whether the container reaches anything else than its networks, and so any other name server
     */
    private List<String> resolvers(AssignedTask task, NetworkOnNode network, boolean out) {
        if (!answers(network)) return List.of();
        if (!out) return List.of(network.gateway().toString());
        var own = task.spec().containerSpec().dnsConfig().map(DnsConfig::nameservers).orElse(List.of());
        var next = own.isEmpty() ? Resolvers.reachableFromContainers().stream().map(InetAddress::getHostAddress).toList() : own;
        return Stream.concat(Stream.of(network.gateway().toString()), next.stream()).limit(RESOLVERS).toList();
    }

    /**
     * What a container on internal networks alone has instead of the engine's name server, which asks nobody for such a one since
     * version 26; empty for any other container, and for one that has such a file of its own.
     */
    Optional<GivenFile> resolversFile(AssignedTask task) {
        var networks = task.spec().networks().stream()
                .flatMap(asked -> table.stream().flatMap(known -> Stream.ofNullable(known.networks().get(new NetworkId(asked.target()))))).toList();
        var container = task.spec().containerSpec();
        boolean own = container.mounts().stream().anyMatch(mount -> mount.target().equals(RESOLVERS_FILE))
                || BlobReference.of(container).stream().anyMatch(reference -> reference.target().equals(RESOLVERS_FILE));
        if (networks.isEmpty() || own || !networks.stream().allMatch(NetworkOnNode::internal)) return Optional.empty();
        var text = new StringBuilder("nameserver ").append(networks.getFirst().gateway()).append('\n');
        container.dnsConfig().ifPresent(dns -> {
            if (!dns.search().isEmpty()) text.append("search ").append(String.join(" ", dns.search())).append('\n');
            if (!dns.options().isEmpty()) text.append("options ").append(String.join(" ", dns.options())).append('\n');
        });
        var reference = new BlobReference(BlobKind.CONFIG, new BlobId("resolv.conf"), "resolv.conf",
                new FileTarget(RESOLVERS_FILE, "0", "0", Optional.empty()));
        // Where secrets are, for that is where an agent in a container shares a directory with the engine.
        return Optional.of(new GivenFile(reference, Optional.of(Payload.of(text.toString().getBytes(StandardCharsets.UTF_8))), true));
    }

    private boolean answers(NetworkOnNode network) {
        try {
            names.serve(network.gateway(), network.subnet());
            return true;
        } catch (IOException e) {
            if (unanswered.add(network.gateway()))
                LOG.warn("names are not answered at {}, port 53: {}; containers there reach each other by address only",
                        network.gateway(), e.getMessage());
            return false;
        }
    }

    /** Puts a container that was made on all its networks, as an agent that died in between may not have done. */
    void join(AssignedTask task) throws EngineException {
        if (task.spec().networks().size() < 2) return;
        if (prepare(task) instanceof Networking.On networking) engine.networks().join(task.id(), networking);
    }

    /** What was made before may be gone: it is looked at again before the next container is made. */
    void doubt() {
        bridges.clear();
        overlays.clear();
        mtus.clear();
        look();
    }

    private synchronized void build(ClusterId cluster, NetworkOnNode network, String host, boolean look) throws EngineException {
        bridge(cluster, network, host, look);
        try {
            var overlay = overlay(network, host);
            if (!overlay.equals(overlays.get(network.id()))) {
                links.make(overlay, cluster);
                overlays.put(network.id(), overlay);
            }
        } catch (LinkException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "network " + network.name() + ": " + e.getMessage());
        }
        answers(network);
    }

    private synchronized void bridge(ClusterId cluster, NetworkOnNode network, String host, boolean look) throws EngineException {
        var bridge = new EngineNetwork(network.id(), name(network), Overlay.bridge(network.vni()), network.subnet(), network.gateway(),
                mtu(network, host), network.internal());
        if (!look && bridge.equals(bridges.get(network.id()))) return;
        overlays.remove(network.id());
        engine.networks().make(bridge, cluster);
        bridges.put(network.id(), bridge);
    }

    private Overlay overlay(NetworkOnNode network, String host) throws EngineException {
        var own = network.hosts().stream().filter(at -> at.node().equals(node)).findFirst().map(NetworkOnNode.Host::address);
        var virtual = new TreeSet<Ipv4>();
        network.services().forEach(service -> virtual.add(service.address()));
        return new Overlay(network.vni(), mtu(network, host), network.subnet(), network.internal(), host, own, virtual, remotes(network));
    }

    private int mtu(NetworkOnNode network, String host) throws EngineException {
        if (network.mtu().isPresent()) return network.mtu().get();
        try {
            var known = mtus.get(host);
            if (known == null) {
                known = links.mtu(host);
                mtus.put(host, known);
            }
            return known;
        } catch (LinkException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "network " + network.name() + ": " + e.getMessage());
        }
    }

    private static String name(NetworkOnNode network) {
        return network.name() + "." + network.id();
    }

    private SortedMap<Ipv4, String> remotes(NetworkOnNode network) {
        var remotes = new TreeMap<Ipv4, String>();
        for (NetworkOnNode.Endpoint endpoint : network.endpoints())
            if (!endpoint.node().equals(node)) remotes.put(endpoint.address(), endpoint.host());
        for (NetworkOnNode.Host at : network.hosts())
            if (!at.node().equals(node)) remotes.put(at.address(), at.host());
        return remotes;
    }

    private void run() {
        long pauseNanos = pauses.lookAgain().toNanos();
        long lookedNanos = System.nanoTime() - pauseNanos;
        try {
            while (!closed) {
                // However much is new, and whatever cannot be done: what is there is looked at now and then.
                boolean look = System.nanoTime() - lookedNanos >= pauseNanos;
                if (look) lookedNanos = System.nanoTime();
                boolean nothing = nothingIsHere();
                boolean well = isReconciled(look);
                news.tryAcquire(pauses.next(well, look && nothing && nothingIsHere()).toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("networks are left as they are");
        }
    }

    /** Whether a manager has said all, and this host is on no network of it; no cluster's end is to be finished either. */
    boolean nothingIsHere() {
        return ended.isEmpty() && table.filter(there -> !there.recalled() && !there.missed()
                && there.networks().values().stream().allMatch(network -> host(network).isEmpty())).isPresent();
    }

    /** Whatever breaks here, the host goes on to be looked after: while this thread is gone the agent would pass for well. */
    private boolean isReconciled(boolean look) {
        try {
            return reconcile(look);
        } catch (RuntimeException | Error e) {
            LOG.error("networks", e);
            return false;
        }
    }

    /** Makes what is missing and removes what is not wanted; whether all of it could be done. */
    private boolean reconcile(boolean look) {
        var services = balancing.settling();
        var known = table;
        var trouble = new ArrayList<String>();
        boolean linked = true;
        if (look) mtus.clear();
        if (known.isPresent()) {
            var there = known.get();
            there.networks().values().forEach(network -> host(network)
                    .ifPresent(own -> attempt(trouble, () -> bridge(there.cluster(), network, own, look))));
            linked = isSettled(trouble, there) && !there.missed();
            if (!there.recalled()) clear(trouble, there.cluster(), there.networks().keySet());
        }
        // Those balancers lead along these devices: that all is as said is not said while a device is not.
        boolean sayable = linked;
        services.cluster().ifPresent(cluster -> {
            var networks = known.filter(there -> there.cluster().equals(cluster)).map(there -> there.networks().values());
            attempt(trouble, () -> linked(() -> services.settle(networks.orElse(List.of()), look, sayable)));
        });
        for (ClusterId cluster : List.copyOf(ended)) {
            if (known.filter(there -> there.cluster().equals(cluster)).isPresent()) continue;
            int before = trouble.size();
            attempt(trouble, () -> linked(() -> trouble.addAll(links.settle(List.of(), Set.of(), cluster).values())));
            clear(trouble, cluster, Set.of());
            attempt(trouble, () -> linked(() -> balancing.end(cluster)));
            if (trouble.size() == before) ended.remove(cluster);
        }
        var words = String.join("; ", trouble);
        if (!words.isEmpty() && !words.equals(lastTrouble)) LOG.info("networks: {}", words);
        lastTrouble = words;
        return trouble.isEmpty();
    }

    /** Whether this table is still the one that counts, as far as its networks go: a newer one may want what this one does not. */
    private boolean holds(ClusterId cluster, Set<NetworkId> wanted) {
        return table.filter(now -> now.cluster().equals(cluster) && !now.networks().keySet().equals(wanted)).isEmpty();
    }

    /** The engine's networks that are not wanted any more go. */
    private synchronized void clear(List<String> trouble, ClusterId cluster, Set<NetworkId> wanted) {
        if (!holds(cluster, wanted)) return;
        attempt(trouble, () -> {
            for (NetworkId id : engine.networks().all(cluster).keySet()) {
                if (wanted.contains(id)) continue;
                bridges.remove(id);
                overlays.remove(id);
                engine.networks().remove(id, cluster);
            }
        });
    }

    private interface Linked {
        void make() throws EngineException, LinkException;
    }

    private static void linked(Linked attempt) throws EngineException {
        try {
            attempt.make();
        } catch (LinkException e) {
            throw new EngineException(EngineException.Kind.REFUSED, e.getMessage());
        }
    }

    /** This host's address for the others on a network, if a living task of it is here or it has an address of its own on it. */
    private Optional<String> host(NetworkOnNode network) {
        var task = network.endpoints().stream().filter(endpoint -> endpoint.node().equals(node)).findFirst().map(NetworkOnNode.Endpoint::host);
        return task.or(() -> network.hosts().stream().filter(at -> at.node().equals(node)).findFirst().map(NetworkOnNode.Host::host));
    }

    /**
     * All devices are made as wanted, and by a manager's table no others stay; those of networks whose last task here has ended
     * stay until the network goes. Whether that could be done: if not, what is sent from here may go astray.
     */
    private synchronized boolean isSettled(List<String> trouble, Table there) {
        if (!holds(there.cluster(), there.networks().keySet())) return false;
        int before = trouble.size();
        var gateways = new TreeSet<Ipv4>();
        there.networks().values().forEach(network -> gateways.add(network.gateway()));
        names.keepOnly(gateways);
        attempt(trouble, () -> linked(() -> trouble.addAll(settled(there))));
        return trouble.size() == before;
    }

    private Collection<String> settled(Table there) throws EngineException, LinkException {
        var made = new TreeMap<NetworkId, Overlay>();
        var kept = new TreeSet<String>();
        for (NetworkOnNode network : there.networks().values()) {
            var host = host(network);
            if (host.isPresent() && bridges.containsKey(network.id())) made.put(network.id(), overlay(network, host.get()));
            else kept.add(Overlay.device(network.vni()));
        }
        var failed = there.recalled() ? made(made.values(), there.cluster()) : links.settle(made.values(), kept, there.cluster());
        made.forEach((id, overlay) -> {
            if (failed.containsKey(overlay.device())) overlays.remove(id);
            else overlays.put(id, overlay);
        });
        for (NetworkId id : made.keySet()) answers(there.networks().get(id));
        return failed.values();
    }

    private SortedMap<String, String> made(Collection<Overlay> wanted, ClusterId cluster) {
        var failed = new TreeMap<String, String>();
        for (Overlay overlay : wanted)
            try {
                links.make(overlay, cluster);
            } catch (LinkException e) {
                failed.put(overlay.device(), e.getMessage());
            }
        return failed;
    }

    private interface Attempt {
        void make() throws EngineException;
    }

    private static void attempt(List<String> trouble, Attempt attempt) {
        try {
            attempt.make();
        } catch (EngineException e) {
            trouble.add(e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("networks", e);
            trouble.add("the agent failed: " + e);
        }
    }

    /** Stops; networks stay as they are. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        names.close();
        balancing.close();
    }
}
