package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PlacementLabels;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.UserName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.pcollections.PSequence;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;
import org.pcollections.TreePVector;

/**
 * Everything the cluster is, as one immutable value. The next one shares all that did not change; a change touches
 * O(log n). Iteration is always in the order of the keys.
 */
public final class ClusterState {
    private static final int ENDED_CLUSTERS_REMEMBERED = 16;
    private static final ClusterState EMPTY = new ClusterState(new Parts());

    /** The pieces while a next state is being put together; never seen outside. */
    private static final class Parts implements Cloneable {
        long version;
        Optional<Cluster> cluster = Optional.empty();
        Optional<Authority> authority = Optional.empty();
        PSequence<ClusterId> ended = TreePVector.empty();
        TreePMap<ServiceId, Service> services = TreePMap.empty();
        TreePMap<String, ServiceId> servicesByName = TreePMap.empty();
        TreePSet<ServiceId> everywhere = TreePSet.empty();
        TreePMap<Instant, TreePSet<ServiceId>> scheduled = TreePMap.empty();
        TreePMap<ServiceId, Login> logins = TreePMap.empty();
        TreePMap<BlobId, Blob> blobs = TreePMap.empty();
        TreePMap<String, BlobId> blobsByName = TreePMap.empty();
        TreePMap<UserName, User> users = TreePMap.empty();
        TreePMap<String, UserName> usersByToken = TreePMap.empty();
        TreePSet<ServiceId> updating = TreePSet.empty();
        TreePSet<ServiceId> related = TreePSet.empty();
        TreePSet<ServiceId> balanced = TreePSet.empty();
        TreePMap<ServiceId, Instant> moving = TreePMap.empty();
        TreePMap<NetworkId, Network> networks = TreePMap.empty();
        TreePMap<String, NetworkId> networksByName = TreePMap.empty();
        TreePSet<NetworkId> endingNetworks = TreePSet.empty();
        Optional<Network> newestNetwork = Optional.empty();
        TreePMap<TaskId, Addresses> addresses = TreePMap.empty();
        TreePMap<NetworkId, TreePMap<Ipv4, TaskId>> taken = TreePMap.empty();
        TreePMap<NetworkId, Ipv4> givenLast = TreePMap.empty();
        TreePMap<NetworkId, TreePMap<NodeId, Integer>> population = TreePMap.empty();
        TreePMap<ServiceId, Endpoint> endpoints = TreePMap.empty();
        TreePMap<NetworkId, TreePMap<Ipv4, ServiceId>> virtual = TreePMap.empty();
        TreePMap<String, TreePSet<ServiceId>> ports = TreePMap.empty();
        TreePSet<ServiceId> lacking = TreePSet.empty();
        TreePSet<ServiceId> onIngress = TreePSet.empty();
        TreePMap<NodeId, HostAddresses> hostAddresses = TreePMap.empty();
        TreePMap<NetworkId, TreePMap<Ipv4, NodeId>> hosts = TreePMap.empty();
        TreePSet<NodeId> spanning = TreePSet.empty();
        TreePMap<NodeId, PortTroubles> portTroubles = TreePMap.empty();
        TreePMap<NodeId, Node> nodes = TreePMap.empty();
        TreePSet<NodeId> drained = TreePSet.empty();
        TreePMap<TaskId, Task> tasks = TreePMap.empty();
        TreePMap<ServiceId, TreePMap<Integer, List<Task>>> slots = TreePMap.empty();
        TreePMap<ServiceId, TreePSet<Integer>> unsettled = TreePMap.empty();
        TreePMap<NodeId, TreePSet<TaskId>> tasksByNode = TreePMap.empty();
        TreePMap<NodeId, NodeLoad> loads = TreePMap.empty();
        TreePSet<TaskId> pending = TreePSet.empty();
        TreePSet<TaskId> successors = TreePSet.empty();
        TreePMap<Instant, TreePSet<TaskId>> due = TreePMap.empty();
        TreePMap<Instant, TreePSet<TaskId>> lost = TreePMap.empty();
        TreePMap<NodeId, Instant> heard = TreePMap.empty();
        TreePMap<Instant, TreePSet<NodeId>> silentSince = TreePMap.empty();
        TreePMap<Long, TreePSet<TaskId>> leaving = TreePMap.empty();
        TreePMap<NodeId, Long> acknowledged = TreePMap.empty();
        TreePMap<NodeId, Long> fenced = TreePMap.empty();
        Touched touched = Touched.NOTHING;

        Parts copy() {
            try {
                return (Parts) clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final Parts parts;

    private ClusterState(Parts parts) {
        this.parts = parts;
    }

    /** Before anything: no cluster, version 0. */
    public static ClusterState empty() {
        return EMPTY;
    }

    /** The only way state changes. */
    public ClusterState with(Collection<? extends Change> changes) {
        if (changes.isEmpty()) return this;
        var next = parts.copy();
        for (Change change : changes) {
            if (change instanceof Change.ClusterEnded(var id)) next = ended(next, id);
            else apply(next, change);
        }
        return new ClusterState(next);
    }

    /** The state after a transaction, with its version. */
    public ClusterState with(Transaction transaction) {
        return with(transaction.changes()).at(transaction.version());
    }

    /** The same content at another version. */
    public ClusterState at(long version) {
        var next = parts.copy();
        next.version = version;
        return new ClusterState(next);
    }

    /** The same with nothing touched: what was touched has been planned for. */
    public ClusterState settled() {
        if (parts.touched == Touched.NOTHING) return this;
        var next = parts.copy();
        next.touched = Touched.NOTHING;
        return new ClusterState(next);
    }

    /** The same with everything touched, so that the next plan is a full one. */
    public ClusterState touchedWhole() {
        var next = parts.copy();
        next.touched = new Touched(TreePSet.from(parts.services.keySet()), TreePSet.from(parts.nodes.keySet()), TreePSet.from(parts.nodes.keySet()),
                TreePSet.from(parts.networks.keySet()));
        return new ClusterState(next);
    }

    /** Number of the last transaction in it. */
    public long version() {
        return parts.version;
    }

    /** The cluster; empty before it is formed and after it was ended. */
    public Optional<Cluster> cluster() {
        return parts.cluster;
    }

    /** Where certificates come from; empty before the first cluster is formed. */
    public Optional<Authority> authority() {
        return parts.authority;
    }

    /** Clusters that were ended, the newest last, at most 16. */
    public List<ClusterId> endedClusters() {
        return parts.ended;
    }

    /** All services by id, tombstones too. */
    public TreePMap<ServiceId, Service> services() {
        return parts.services;
    }

    /** The service of that id, tombstones too. */
    public Optional<Service> service(ServiceId id) {
        return Optional.ofNullable(parts.services.get(id));
    }

    /** The service of that exact name; never a tombstone. */
    public Optional<Service> serviceNamed(String name) {
        return Optional.ofNullable(parts.servicesByName.get(name)).map(parts.services::get);
    }

    /** All secrets and configs by id. */
    public TreePMap<BlobId, Blob> blobs() {
        return parts.blobs;
    }

    /** The secret or config of that id. */
    public Optional<Blob> blob(BlobId id) {
        return Optional.ofNullable(parts.blobs.get(id));
    }

    /** The blob of that kind and exact name. */
    public Optional<Blob> blobNamed(BlobKind kind, String name) {
        return Optional.ofNullable(parts.blobsByName.get(nameKey(kind, name))).map(parts.blobs::get);
    }

    /** The users of the API, by name. */
    public TreePMap<UserName, User> users() {
        return parts.users;
    }

    /** The user of that name. */
    public Optional<User> user(UserName name) {
        return Optional.ofNullable(parts.users.get(name));
    }

    /** The user whose token has this SHA-256, in hex. */
    public Optional<User> userWithToken(String digest) {
        return Optional.ofNullable(parts.usersByToken.get(digest)).map(parts.users::get);
    }

    /** The services whose labels name other services, or themselves, to be kept apart from or together with. */
    public TreePSet<ServiceId> related() {
        return parts.related;
    }

    /** The logins images are pulled with, by service. */
    public TreePMap<ServiceId, Login> logins() {
        return parts.logins;
    }

    /** All networks that span the hosts by id, tombstones too. */
    public TreePMap<NetworkId, Network> networks() {
        return parts.networks;
    }

    /** The network of that id, tombstones too. */
    public Optional<Network> network(NetworkId id) {
        return Optional.ofNullable(parts.networks.get(id));
    }

    /** The network of that exact name; never a tombstone. */
    public Optional<Network> networkNamed(String name) {
        return Optional.ofNullable(parts.networksByName.get(name)).map(parts.networks::get);
    }

    /** Networks that wait for the last task on them to stop. */
    public TreePSet<NetworkId> endingNetworks() {
        return parts.endingNetworks;
    }

    /** The network that was made last, be it there or not: the next one takes what comes after its subnet and number. */
    public Optional<Network> newestNetwork() {
        return parts.newestNetwork;
    }

    /** Services with an update or a rollback that is going: time alone may carry it on. */
    public TreePSet<ServiceId> updating() {
        return parts.updating;
    }

    /** The services whose tasks move by themselves when another node is better. */
    public TreePSet<ServiceId> balanced() {
        return parts.balanced;
    }

    /** The services whose tasks were asked to move to better nodes and have not all done so, with when that was. */
    public TreePMap<ServiceId, Instant> moving() {
        return parts.moving;
    }

    /** The addresses of all tasks that have some, dead ones too, by task. */
    public TreePMap<TaskId, Addresses> addresses() {
        return parts.addresses;
    }

    /** The addresses a task was given; empty while it has none. */
    public Optional<Addresses> addresses(TaskId task) {
        return Optional.ofNullable(parts.addresses.get(task));
    }

    /** The addresses of a network that belong to a task now. */
    public TreePMap<Ipv4, TaskId> addressesOn(NetworkId network) {
        return parts.taken.getOrDefault(network, TreePMap.empty());
    }

    /** The nodes that tasks with an address of a network are on, the dead that are remembered too, with how many there are. */
    public TreePMap<NodeId, Integer> population(NetworkId network) {
        return parts.population.getOrDefault(network, TreePMap.empty());
    }

    /** The networks that tasks have an address of, the dead that are remembered too. */
    public Collection<NetworkId> populated() {
        return parts.population.keySet();
    }

    /** Where services are reached, by service; those that have no address and no port of their own may not be in it. */
    public TreePMap<ServiceId, Endpoint> endpoints() {
        return parts.endpoints;
    }

    /** Where a service is reached. */
    public Optional<Endpoint> endpoint(ServiceId service) {
        return Optional.ofNullable(parts.endpoints.get(service));
    }

    /** The addresses of a network that belong to a service. */
    public TreePMap<Ipv4, ServiceId> virtualOn(NetworkId network) {
        return parts.virtual.getOrDefault(network, TreePMap.empty());
    }

    /**
     * The services that publish a port, on every node or on the nodes that run a task of them, as {@code 8080/tcp}. A port
     * that an update took away is the service's until it is sure that it will not turn back.
     */
    public TreePSet<ServiceId> publishing(String port) {
        return parts.ports.getOrDefault(port, TreePSet.empty());
    }

    /** The services that could not be given everything they are to be reached by. */
    public TreePSet<ServiceId> lacking() {
        return parts.lacking;
    }

    /** The services that requests from outside may come in for on any node. */
    public TreePSet<ServiceId> onIngress() {
        return parts.onIngress;
    }

    /** The network for published ports. */
    public Optional<Network> ingress() {
        return networkNamed(Network.INGRESS).filter(Network::ingress);
    }

    /** The networks that span the hosts which tasks of a revision are on: those its template names, and that for published ports. */
    public List<NetworkId> networks(Revision revision) {
        if (!revision.spansHosts()) return List.of();
        var all = new ArrayList<>(revision.named());
        if (revision.spec().onIngress()) ingress().ifPresent(network -> all.add(network.id()));
        return all;
    }

    /** The addresses of nodes, by node. */
    public TreePMap<NodeId, HostAddresses> hostAddresses() {
        return parts.hostAddresses;
    }

    /** A node's own address on a network. */
    public Optional<Ipv4> hostAddress(NodeId node, NetworkId network) {
        return Optional.ofNullable(parts.hostAddresses.get(node)).map(addresses -> addresses.byNetwork().get(network));
    }

    /** The addresses of a network that belong to nodes. */
    public TreePMap<Ipv4, NodeId> hostsOn(NetworkId network) {
        return parts.hosts.getOrDefault(network, TreePMap.empty());
    }

    /** What nodes cannot answer requests from outside for, by node. */
    public TreePMap<NodeId, PortTroubles> portTroubles() {
        return parts.portTroubles;
    }

    /** The nodes that can be part of networks that span the hosts. */
    public TreePSet<NodeId> spanning() {
        return parts.spanning;
    }

    /** The addresses of networks that were given last: the next one is what comes after. */
    public TreePMap<NetworkId, Ipv4> addressesGivenLast() {
        return parts.givenLast;
    }

    /** The address of a network that was given last. */
    public Optional<Ipv4> addressGivenLast(NetworkId network) {
        return Optional.ofNullable(parts.givenLast.get(network));
    }

    /** All nodes by id. */
    public TreePMap<NodeId, Node> nodes() {
        return parts.nodes;
    }

    /** The nodes with an agent that are to be left by all tasks. */
    public TreePSet<NodeId> drained() {
        return parts.drained;
    }

    /** The node of that id. */
    public Optional<Node> node(NodeId id) {
        return Optional.ofNullable(parts.nodes.get(id));
    }

    /** All tasks by id. */
    public TreePMap<TaskId, Task> tasks() {
        return parts.tasks;
    }

    /** The task of that id. */
    public Optional<Task> task(TaskId id) {
        return Optional.ofNullable(parts.tasks.get(id));
    }

    /** The slots of a service that have tasks, each with its tasks, oldest first. */
    public TreePMap<Integer, List<Task>> slots(ServiceId service) {
        return parts.slots.getOrDefault(service, TreePMap.empty());
    }

    /**
     * The slots of a service in which there is anything else than one living task that is well, and before it dead ones that are
     * remembered: only there may something be missing, be too much or be to be forgotten, as long as the service wants as many slots.
     */
    public TreePSet<Integer> unsettled(ServiceId service) {
        return parts.unsettled.getOrDefault(service, TreePSet.empty());
    }

    /** The tasks of one slot, oldest first. */
    public List<Task> slot(ServiceId service, int slot) {
        return slots(service).getOrDefault(slot, List.of());
    }

    /** All tasks of a service, by slot, then oldest first. */
    public List<Task> tasksOf(ServiceId service) {
        var all = new ArrayList<Task>();
        slots(service).values().forEach(all::addAll);
        return all;
    }

    /** All tasks placed on a node, dead ones too. */
    public List<Task> tasksOn(NodeId node) {
        return parts.tasksByNode.getOrDefault(node, TreePSet.empty()).stream().map(parts.tasks::get).toList();
    }

    /** What is on each node that has tasks. */
    public TreePMap<NodeId, NodeLoad> loads() {
        return parts.loads;
    }

    /** What the tasks on a node take of it. */
    public NodeLoad load(NodeId node) {
        return parts.loads.getOrDefault(node, NodeLoad.NONE);
    }

    /** Tasks that wait for a node. */
    public TreePSet<TaskId> pending() {
        return parts.pending;
    }

    /** Living tasks that take over from another living one in their slot. */
    public TreePSet<TaskId> successors() {
        return parts.successors;
    }

    /** Tasks that wait for their time, by that time. */
    public TreePMap<Instant, TreePSet<TaskId>> due() {
        return parts.due;
    }

    /** Tasks that were lost with their node and are remembered for their addresses alone, by when they were lost. */
    public TreePMap<Instant, TreePSet<TaskId>> lost() {
        return parts.lost;
    }

    /** Jobs whose schedule wants them to run, by the time of the next run. */
    public TreePMap<Instant, TreePSet<ServiceId>> scheduled() {
        return parts.scheduled;
    }

    /** When a node was last heard of; empty if it has no agent, is down, or was not heard of since the manager's start. */
    public Optional<Instant> heard(NodeId node) {
        return Optional.ofNullable(parts.heard.get(node));
    }

    /** The nodes that are not down, by when they were last heard of. */
    public TreePMap<Instant, TreePSet<NodeId>> silentSince() {
        return parts.silentSince;
    }

    /** Tasks that no balancer is to lead to, and that their agents must not stop yet, by the transaction in which they left. */
    public TreePMap<Long, TreePSet<TaskId>> leaving() {
        return parts.leaving;
    }

    /**
     * The version that the names and balancers of a node are of, or a later one; empty if it has not said so since it was
     * last down, or since the manager's start.
     */
    public Optional<Long> acknowledged(NodeId node) {
        return Optional.ofNullable(parts.acknowledged.get(node));
    }

    /** The version whose names and balancers a node should have had long ago, so that it is not waited for; else empty. */
    public Optional<Long> fenced(NodeId node) {
        return Optional.ofNullable(parts.fenced.get(node));
    }

    /** What changed since the last plan. */
    public Touched touched() {
        return parts.touched;
    }

    private static void apply(Parts next, Change change) {
        switch (change) {
            case Change.ClusterPut(var cluster) -> put(next, cluster);
            case Change.AuthorityPut(var authority) -> next.authority = Optional.of(authority);
            case Change.ClusterEnded(_) -> throw new AssertionError("an end replaces everything");
            case Change.ServicePut(var service) -> put(next, service);
            case Change.ServiceRemoved(var id) -> removeService(next, id);
            case Change.LoginPut(var service, var login) -> {
                if (next.services.containsKey(service)) next.logins = next.logins.plus(service, login);
            }
            case Change.BlobPut(var blob) -> put(next, blob);
            case Change.BlobRemoved(var id) -> removeBlob(next, id);
            case Change.UserPut(var user) -> put(next, user);
            case Change.UserRemoved(var name) -> removeUser(next, name);
            case Change.MovesAsked(var id, var at) -> next.moving = next.moving.plus(id, at);
            case Change.MovesEnded(var id) -> next.moving = next.moving.minus(id);
            case Change.TaskPut(var task) -> put(next, task);
            case Change.TaskRemoved(var id) -> removeTask(next, id);
            case Change.NetworkPut(var network) -> put(next, network);
            case Change.NetworkRemoved(var id) -> removeNetwork(next, id);
            case Change.NetworkMadeLast(var network) -> next.newestNetwork = Optional.of(network);
            case Change.AddressGivenLast(var network, var address) -> {
                if (next.networks.containsKey(network)) next.givenLast = next.givenLast.plus(network, address);
            }
            case Change.AddressesPut(var addresses) -> put(next, addresses);
            case Change.EndpointPut(var endpoint) -> put(next, endpoint);
            case Change.HostAddressesPut(var addresses) -> put(next, addresses);
            case Change.PortTroublesPut(var troubles) -> put(next, troubles);
            case Change.NodePut(var node) -> put(next, node);
            case Change.NodeRemoved(var id) -> removeNode(next, id);
            case Change.NodeHeard(var id, var at) -> hear(next, id, at);
            case Change.NodeBalanced(var id, var version) -> balance(next, id, version);
            case Change.NodeFenced(var id, var version) -> {
                if (isThere(next, id)) next.fenced = next.fenced.plus(id, version);
            }
        }
    }

    private static Parts ended(Parts before, ClusterId id) {
        var next = new Parts();
        next.version = before.version;
        next.authority = before.authority;
        next.ended = before.ended.plus(id);
        while (next.ended.size() > ENDED_CLUSTERS_REMEMBERED) next.ended = next.ended.minus(0);
        return next;
    }

    private static void put(Parts next, Cluster cluster) {
        boolean remembersOtherwise = next.cluster.isPresent() && next.cluster.get().taskHistoryLimit() != cluster.taskHistoryLimit();
        if (remembersOtherwise)
            next.touched = new Touched(TreePSet.from(next.services.keySet()), next.touched.nodes(), next.touched.changed(), next.touched.networks());
        next.cluster = Optional.of(cluster);
    }

    private static void put(Parts next, Service service) {
        var before = next.services.get(service.id());
        if (before != null) {
            freeName(next, before);
            unschedule(next, before);
        }
        var published = ports(next, service.id());
        next.services = next.services.plus(service.id(), service);
        publish(next, service.id(), published);
        goOnIngress(next, service.id(), service.spec().onIngress() && !service.removed());
        if (!service.removed()) schedule(next, service);
        if (!service.removed()) next.servicesByName = next.servicesByName.plus(service.name(), service.id());
        next.updating = service.isUpdating() && !service.removed()
                ? next.updating.plus(service.id()) : next.updating.minus(service.id());
        next.related = isRelated(service) ? next.related.plus(service.id()) : next.related.minus(service.id());
        next.balanced = isBalanced(service) ? next.balanced.plus(service.id()) : next.balanced.minus(service.id());
        boolean everywhere = service.isGlobal() && !service.removed();
        next.everywhere = everywhere ? next.everywhere.plus(service.id()) : next.everywhere.minus(service.id());
        next.touched = next.touched.service(service.id());
    }

    private static void schedule(Parts next, Service service) {
        service.job().flatMap(Job::due).ifPresent(at ->
                next.scheduled = next.scheduled.plus(at, next.scheduled.getOrDefault(at, TreePSet.empty()).plus(service.id())));
    }

    private static void unschedule(Parts next, Service service) {
        service.job().flatMap(Job::due).filter(next.scheduled::containsKey).ifPresent(at -> {
            var others = next.scheduled.get(at).minus(service.id());
            next.scheduled = others.isEmpty() ? next.scheduled.minus(at) : next.scheduled.plus(at, others);
        });
    }

    private static void removeService(Parts next, ServiceId id) {
        var before = next.services.get(id);
        if (before == null) return;
        var published = ports(next, id);
        next.everywhere = next.everywhere.minus(id);
        unschedule(next, before);
        freeName(next, before);
        next.services = next.services.minus(id);
        publish(next, id, published);
        goOnIngress(next, id, false);
        removeEndpoint(next, id);
        next.logins = next.logins.minus(id);
        next.updating = next.updating.minus(id);
        next.related = next.related.minus(id);
        next.balanced = next.balanced.minus(id);
        next.moving = next.moving.minus(id);
    }

    private static boolean isBalanced(Service service) {
        return PlacementLabels.rebalance(service.spec().labels()) == PlacementLabels.Rebalance.AUTO;
    }

    private static boolean isRelated(Service service) {
        var labels = service.spec().labels();
        return !labels.isEmpty() && (labels.containsKey(PlacementLabels.APART) || labels.containsKey(PlacementLabels.TOGETHER));
    }

    /** A stored transaction may give the name to another service before it says that this one is gone. */
    private static void freeName(Parts next, Service service) {
        if (service.id().equals(next.servicesByName.get(service.name())))
            next.servicesByName = next.servicesByName.minus(service.name());
    }

    private static String nameKey(BlobKind kind, String name) {
        return kind.word() + "/" + name;
    }

    private static void put(Parts next, Blob blob) {
        next.blobs = next.blobs.plus(blob.id(), blob);
        next.blobsByName = next.blobsByName.plus(nameKey(blob.kind(), blob.name()), blob.id());
    }

    /** A stored transaction may give the name to another before it says that this one is gone. */
    private static void removeBlob(Parts next, BlobId id) {
        var before = next.blobs.get(id);
        if (before == null) return;
        next.blobs = next.blobs.minus(id);
        var key = nameKey(before.kind(), before.name());
        if (id.equals(next.blobsByName.get(key))) next.blobsByName = next.blobsByName.minus(key);
    }

    private static void put(Parts next, User user) {
        removeUser(next, user.name());
        next.users = next.users.plus(user.name(), user);
        next.usersByToken = next.usersByToken.plus(user.token(), user.name());
    }

    private static void removeUser(Parts next, UserName name) {
        var before = next.users.get(name);
        if (before == null) return;
        next.users = next.users.minus(name);
        if (name.equals(next.usersByToken.get(before.token()))) next.usersByToken = next.usersByToken.minus(before.token());
    }

    private static void put(Parts next, Network network) {
        var before = next.networks.get(network.id());
        if (before == null) next.newestNetwork = Optional.of(network);
        else freeName(next, before);
        next.networks = next.networks.plus(network.id(), network);
        if (network.removed()) next.endingNetworks = next.endingNetworks.plus(network.id());
        else next.networksByName = next.networksByName.plus(network.name(), network.id());
    }

    private static void removeNetwork(Parts next, NetworkId id) {
        var before = next.networks.get(id);
        if (before == null) return;
        freeName(next, before);
        next.networks = next.networks.minus(id);
        next.endingNetworks = next.endingNetworks.minus(id);
        next.givenLast = next.givenLast.minus(id);
        for (NodeId node : List.copyOf(next.hosts.getOrDefault(id, TreePMap.empty()).values()))
            put(next, next.hostAddresses.get(node).without(id));
    }

    private static void put(Parts next, Addresses addresses) {
        var task = next.tasks.get(addresses.task());
        if (task == null) return;
        giveBack(next, task);
        populate(next, task, -1);
        next.addresses = next.addresses.plus(addresses.task(), addresses);
        populate(next, task, 1);
        take(next, task);
        next.touched = next.touched.service(task.service());
    }

    /** Whether the addresses of a task are its own: a dead one gives them back, unless its container may still run where nobody sees it. */
    private static boolean holds(Task task) {
        return !task.isDead() || task.status().state() == TaskState.ORPHANED;
    }

    private static void take(Parts next, Task task) {
        var addresses = next.addresses.get(task.id());
        if (addresses == null || !holds(task)) return;
        addresses.byNetwork().forEach((network, address) -> {
            next.taken = next.taken.plus(network, next.taken.getOrDefault(network, TreePMap.empty()).plus(address, task.id()));
        });
    }

    private static void giveBack(Parts next, Task task) {
        var addresses = next.addresses.get(task.id());
        if (addresses == null || !holds(task)) return;
        addresses.byNetwork().forEach((network, address) -> {
            next.touched = next.touched.network(network);
            var taken = next.taken.getOrDefault(network, TreePMap.empty());
            if (!task.id().equals(taken.get(address))) return;
            taken = taken.minus(address);
            next.taken = taken.isEmpty() ? next.taken.minus(network) : next.taken.plus(network, taken);
        });
    }

    /** Where the tasks with an address are, dead ones too: the network is kept there as long as they are remembered. */
    private static void populate(Parts next, Task task, int more) {
        var addresses = next.addresses.get(task.id());
        if (addresses == null || task.node().isEmpty()) return;
        for (NetworkId network : addresses.byNetwork().keySet()) populate(next, network, task.node().get(), more);
    }

    private static void populate(Parts next, NetworkId network, NodeId node, int more) {
        var nodes = next.population.getOrDefault(network, TreePMap.empty());
        int count = nodes.getOrDefault(node, 0) + more;
        if (count == 0 || !nodes.containsKey(node)) next.touched = next.touched.network(network);
        nodes = count == 0 ? nodes.minus(node) : nodes.plus(node, count);
        next.population = nodes.isEmpty() ? next.population.minus(network) : next.population.plus(network, nodes);
    }

    private static void put(Parts next, Endpoint endpoint) {
        var id = endpoint.service();
        if (!next.services.containsKey(id)) return;
        var published = ports(next, id);
        removeEndpoint(next, id);
        next.endpoints = next.endpoints.plus(id, endpoint);
        publish(next, id, published);
        endpoint.virtual().forEach((network, address) ->
                next.virtual = next.virtual.plus(network, next.virtual.getOrDefault(network, TreePMap.empty()).plus(address, id)));
        if (!endpoint.missing().isEmpty()) next.lacking = next.lacking.plus(id);
    }

    private static void removeEndpoint(Parts next, ServiceId id) {
        var before = next.endpoints.get(id);
        if (before == null) return;
        next.endpoints = next.endpoints.minus(id);
        next.lacking = next.lacking.minus(id);
        before.virtual().forEach((network, address) -> {
            next.touched = next.touched.network(network);
            var taken = next.virtual.getOrDefault(network, TreePMap.empty());
            if (!id.equals(taken.get(address))) return;
            taken = taken.minus(address);
            next.virtual = taken.isEmpty() ? next.virtual.minus(network) : next.virtual.plus(network, taken);
        });
    }

    /** The ports that are a service's: what it was given, what it asks for, and what it may turn back to. */
    private static TreeSet<String> ports(Parts next, ServiceId id) {
        var ports = new TreeSet<String>();
        var service = next.services.get(id);
        if (service == null || service.removed()) return ports;
        var endpoint = next.endpoints.get(id);
        if (endpoint != null) endpoint.held().forEach(port -> ports.add(port.key()));
        service.spec().ports().forEach(port -> ports.add(port.key()));
        service.specsBefore().forEach(spec -> spec.ports().forEach(port -> ports.add(port.key())));
        ports.removeIf(port -> port.startsWith("0/"));
        return ports;
    }

    private static void publish(Parts next, ServiceId id, TreeSet<String> before) {
        var now = ports(next, id);
        for (String port : before) {
            if (now.contains(port)) continue;
            var others = next.ports.getOrDefault(port, TreePSet.empty()).minus(id);
            next.ports = others.isEmpty() ? next.ports.minus(port) : next.ports.plus(port, others);
        }
        for (String port : now) {
            var all = next.ports.getOrDefault(port, TreePSet.empty());
            if (!all.contains(id)) next.ports = next.ports.plus(port, all.plus(id));
        }
    }

    private static void goOnIngress(Parts next, ServiceId id, boolean on) {
        boolean before = next.onIngress.isEmpty();
        next.onIngress = on ? next.onIngress.plus(id) : next.onIngress.minus(id);
        if (before != next.onIngress.isEmpty()) touchIngress(next);
    }

    private static void touchIngress(Parts next) {
        var ingress = next.networksByName.get(Network.INGRESS);
        if (ingress != null) next.touched = next.touched.network(ingress);
    }

    private static void put(Parts next, HostAddresses addresses) {
        if (!next.nodes.containsKey(addresses.node())) return;
        removeHostAddresses(next, addresses.node());
        if (addresses.byNetwork().isEmpty()) return;
        next.hostAddresses = next.hostAddresses.plus(addresses.node(), addresses);
        addresses.byNetwork().forEach((network, address) ->
                next.hosts = next.hosts.plus(network, next.hosts.getOrDefault(network, TreePMap.empty()).plus(address, addresses.node())));
    }

    private static void put(Parts next, PortTroubles troubles) {
        var id = troubles.node();
        if (!next.nodes.containsKey(id)) return;
        next.portTroubles = troubles.isNone() ? next.portTroubles.minus(id) : next.portTroubles.plus(id, troubles);
        next.touched = next.touched.changed(id);
    }

    private static void removeHostAddresses(Parts next, NodeId node) {
        var before = next.hostAddresses.get(node);
        if (before == null) return;
        next.hostAddresses = next.hostAddresses.minus(node);
        before.byNetwork().forEach((network, address) -> {
            next.touched = next.touched.network(network);
            var taken = next.hosts.getOrDefault(network, TreePMap.empty());
            if (!node.equals(taken.get(address))) return;
            taken = taken.minus(address);
            next.hosts = taken.isEmpty() ? next.hosts.minus(network) : next.hosts.plus(network, taken);
        });
    }

    /** As with services, the name may belong to another one by now. */
    private static void freeName(Parts next, Network network) {
        if (network.id().equals(next.networksByName.get(network.name())))
            next.networksByName = next.networksByName.minus(network.name());
    }

    private static void put(Parts next, Task task) {
        var before = Optional.ofNullable(next.tasks.get(task.id()));
        boolean other = before.isEmpty() || holds(before.get()) != holds(task);
        if (other) before.ifPresent(was -> giveBack(next, was));
        if (before.filter(was -> was.node().isEmpty()).isPresent()) populate(next, task, 1);
        next.tasks = next.tasks.plus(task.id(), task);
        var slot = with(slot(next, task), task);
        putSlot(next, task, slot);
        index(next, task.id(), before, Optional.of(task));
        if (other) take(next, task);
        succeed(next, slot);
        next.touched = next.touched.service(task.service());
    }

    private static void removeTask(Parts next, TaskId id) {
        var task = next.tasks.get(id);
        if (task == null) return;
        index(next, id, Optional.of(task), Optional.empty());
        giveBack(next, task);
        populate(next, task, -1);
        next.tasks = next.tasks.minus(id);
        next.addresses = next.addresses.minus(id);
        var left = slot(next, task).stream().filter(other -> !other.id().equals(id)).toList();
        putSlot(next, task, left);
        next.successors = next.successors.minus(id);
        succeed(next, left);
        next.touched = next.touched.service(task.service());
    }

    private static List<Task> slot(Parts next, Task task) {
        return next.slots.getOrDefault(task.service(), TreePMap.empty()).getOrDefault(task.slot(), List.of());
    }

    /** Most slots have one task, and none has many: a plain copy is smaller than what shares. */
    private static List<Task> with(List<Task> slot, Task task) {
        var tasks = new ArrayList<>(slot);
        tasks.removeIf(other -> other.id().equals(task.id()));
        int at = tasks.size();
        while (at > 0 && Task.OLDEST_FIRST.compare(tasks.get(at - 1), task) > 0) at--;
        tasks.add(at, task);
        return List.copyOf(tasks);
    }

    private static void putSlot(Parts next, Task of, List<Task> tasks) {
        var slots = next.slots.getOrDefault(of.service(), TreePMap.empty());
        slots = tasks.isEmpty() ? slots.minus(of.slot()) : slots.plus(of.slot(), tasks);
        next.slots = slots.isEmpty() ? next.slots.minus(of.service()) : next.slots.plus(of.service(), slots);
        var unsettled = next.unsettled.getOrDefault(of.service(), TreePSet.empty());
        boolean settled = tasks.isEmpty() || isSettled(tasks);
        if (settled != unsettled.contains(of.slot())) return;
        unsettled = settled ? unsettled.minus(of.slot()) : unsettled.plus(of.slot());
        next.unsettled = unsettled.isEmpty() ? next.unsettled.minus(of.service()) : next.unsettled.plus(of.service(), unsettled);
    }

    private static boolean isSettled(List<Task> oldestFirst) {
        for (Task before : oldestFirst.subList(0, oldestFirst.size() - 1))
            if (!before.isDead() || before.desired() != DesiredState.SHUTDOWN) return false;
        var newest = oldestFirst.getLast();
        return newest.isLive() && !newest.condemned() && !newest.isAiling() && !newest.takesOverFor(Takeover.Reason.HEALING);
    }

    /** Of the tasks of a slot, oldest first, the last one that lives may be a successor of an older one. */
    private static void succeed(Parts next, List<Task> slot) {
        if (slot.size() < 2 && next.successors.isEmpty()) return;
        boolean others = false;
        Task last = null;
        for (Task task : slot) {
            if (!next.successors.isEmpty()) next.successors = next.successors.minus(task.id());
            if (!task.isLive()) continue;
            others = last != null;
            last = task;
        }
        if (others) next.successors = next.successors.plus(last.id());
    }

    /** Moves a task that was otherwise, or was not there, or is not any more, in the indexes of what is the case with which tasks. */
    private static void index(Parts next, TaskId id, Optional<Task> before, Optional<Task> after) {
        next.tasksByNode = moved(next.tasksByNode, before.flatMap(Task::node), after.flatMap(Task::node), id);
        next.leaving = moved(next.leaving, before.flatMap(ClusterState::leftAt), after.flatMap(ClusterState::leftAt), id);
        next.due = moved(next.due, before.flatMap(ClusterState::dueAt), after.flatMap(ClusterState::dueAt), id);
        next.lost = moved(next.lost, before.flatMap(ClusterState::lostAt), after.flatMap(ClusterState::lostAt), id);
        boolean pending = after.filter(Task::isPending).isPresent();
        if (pending != before.filter(Task::isPending).isPresent()) next.pending = pending ? next.pending.plus(id) : next.pending.minus(id);
        load(next, before.filter(ClusterState::isLoad), after.filter(ClusterState::isLoad));
        before.flatMap(Task::node).ifPresent(node -> next.touched = next.touched.node(node));
        after.flatMap(Task::node).ifPresent(node -> next.touched = next.touched.node(node));
    }

    private static <K extends Comparable<? super K>> TreePMap<K, TreePSet<TaskId>> moved(
            TreePMap<K, TreePSet<TaskId>> index, Optional<K> from, Optional<K> to, TaskId id) {
        if (from.equals(to)) return index;
        var moved = index;
        if (from.isPresent()) {
            var others = moved.get(from.get()).minus(id);
            moved = others.isEmpty() ? moved.minus(from.get()) : moved.plus(from.get(), others);
        }
        return to.isEmpty() ? moved : moved.plus(to.get(), moved.getOrDefault(to.get(), TreePSet.empty()).plus(id));
    }

    private static void load(Parts next, Optional<Task> before, Optional<Task> after) {
        if (before.isPresent() == after.isPresent() && before.flatMap(Task::node).equals(after.flatMap(Task::node))
                && before.map(Task::revision).equals(after.map(Task::revision))) return;
        before.ifPresent(task -> {
            var node = task.node().orElseThrow();
            var load = next.loads.get(node).minus(revision(next, task));
            next.loads = load.tasks() == 0 ? next.loads.minus(node) : next.loads.plus(node, load);
        });
        after.ifPresent(task -> {
            var node = task.node().orElseThrow();
            next.loads = next.loads.plus(node, next.loads.getOrDefault(node, NodeLoad.NONE).plus(revision(next, task)));
        });
    }

    private static boolean isLoad(Task task) {
        return task.node().isPresent() && !task.isDead();
    }

    private static Optional<Long> leftAt(Task task) {
        return task.leaving().map(Leaving::version);
    }

    private static Optional<Instant> dueAt(Task task) {
        return task.desired() == DesiredState.READY && !task.isDead() ? task.notBefore() : Optional.empty();
    }

    private static Optional<Instant> lostAt(Task task) {
        boolean lost = task.desired() == DesiredState.REMOVE && task.status().state() == TaskState.ORPHANED;
        return lost ? Optional.of(task.status().at()) : Optional.empty();
    }

    private static Revision revision(Parts next, Task task) {
        return next.services.get(task.service()).revisions().get(task.revision());
    }

    private static void put(Parts next, Node node) {
        var before = next.nodes.get(node.id());
        // Constraints of a service's newer placement may no longer hold for what it has there, or it has to leave, or may stay.
        if (before != null && (!before.offersTheSameAs(node) || before.availability() != node.availability()))
            for (TaskId id : next.tasksByNode.getOrDefault(node.id(), TreePSet.empty()))
                next.touched = next.touched.service(next.tasks.get(id).service());
        if (before == null || !before.takesTheSameAs(node)) touchEverywhere(next);
        next.nodes = next.nodes.plus(node.id(), node);
        span(next, node.id(), node.hasAgent() && node.description().spansNetworks());
        boolean drained = node.hasAgent() && node.availability() == Node.Availability.DRAIN;
        next.drained = drained ? next.drained.plus(node.id()) : next.drained.minus(node.id());
        if (node.liveness() == Node.Liveness.DOWN) {
            forgetHearing(next, node.id());
            forgetBalancers(next, node.id());
        }
        next.touched = next.touched.changed(node.id());
    }

    /** A service with one task on every node has a say in each change of what nodes take. */
    private static void touchEverywhere(Parts next) {
        for (ServiceId id : next.everywhere) next.touched = next.touched.service(id);
    }

    private static void span(Parts next, NodeId id, boolean can) {
        if (next.spanning.contains(id) == can) return;
        next.spanning = can ? next.spanning.plus(id) : next.spanning.minus(id);
        touchIngress(next);
    }

    private static void removeNode(Parts next, NodeId id) {
        touchEverywhere(next);
        removeHostAddresses(next, id);
        next.portTroubles = next.portTroubles.minus(id);
        span(next, id, false);
        next.nodes = next.nodes.minus(id);
        next.drained = next.drained.minus(id);
        forgetHearing(next, id);
        forgetBalancers(next, id);
        next.touched = next.touched.changed(id);
    }

    private static void hear(Parts next, NodeId id, Instant at) {
        var node = next.nodes.get(id);
        if (node == null) return;
        forgetHearing(next, id);
        next.heard = next.heard.plus(id, at);
        next.silentSince = next.silentSince.plus(at, next.silentSince.getOrDefault(at, TreePSet.empty()).plus(id));
        if (node.liveness() != Node.Liveness.READY) next.touched = next.touched.node(id);
    }

    private static boolean isThere(Parts next, NodeId id) {
        return next.nodes.containsKey(id) && next.nodes.get(id).liveness() != Node.Liveness.DOWN;
    }

    private static void balance(Parts next, NodeId id, long version) {
        if (!isThere(next, id)) return;
        next.acknowledged = next.acknowledged.plus(id, Math.max(version, next.acknowledged.getOrDefault(id, 0L)));
        if (next.fenced.getOrDefault(id, Long.MAX_VALUE) <= version) next.fenced = next.fenced.minus(id);
    }

    /** What a node that was away has in its tables is not known. */
    private static void forgetBalancers(Parts next, NodeId id) {
        next.acknowledged = next.acknowledged.minus(id);
        next.fenced = next.fenced.minus(id);
    }

    private static void forgetHearing(Parts next, NodeId id) {
        var at = next.heard.get(id);
        if (at == null) return;
        next.heard = next.heard.minus(id);
        var others = next.silentSince.get(at).minus(id);
        next.silentSince = others.isEmpty() ? next.silentSince.minus(at) : next.silentSince.plus(at, others);
    }

    /** Same stored content at the same version, whatever was heard or touched. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterState that
                && parts.version == that.parts.version
                && parts.cluster.equals(that.parts.cluster)
                && parts.authority.equals(that.parts.authority)
                && parts.ended.equals(that.parts.ended)
                && parts.services.equals(that.parts.services)
                && parts.logins.equals(that.parts.logins)
                && parts.blobs.equals(that.parts.blobs)
                && parts.users.equals(that.parts.users)
                && parts.networks.equals(that.parts.networks)
                && parts.givenLast.equals(that.parts.givenLast)
                && parts.moving.equals(that.parts.moving)
                && parts.addresses.equals(that.parts.addresses)
                && parts.endpoints.equals(that.parts.endpoints)
                && parts.hostAddresses.equals(that.parts.hostAddresses)
                && parts.portTroubles.equals(that.parts.portTroubles)
                && parts.nodes.equals(that.parts.nodes)
                && parts.tasks.equals(that.parts.tasks);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(parts.version);
    }

    @Override
    public String toString() {
        return "version " + parts.version + ": " + parts.services.size() + " services, " + parts.tasks.size()
                + " tasks, " + parts.nodes.size() + " nodes";
    }
}
