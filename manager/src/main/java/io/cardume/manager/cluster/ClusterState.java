package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.UserName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * Everything the cluster is, as one immutable value: what may be asked of it. The next one shares all that did not change; a change
 * touches O(log n). Iteration is always in the order of the keys. What it is made of, and how a change changes it, is {@link Parts}.
 */
public final class ClusterState {
    private static final ClusterState EMPTY = new ClusterState(new Parts());

    private final Parts parts;

    ClusterState(Parts parts) {
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
            if (change instanceof Change.ClusterEnded(var id)) next = next.ended(id);
            else next.apply(change);
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
        next.touched = Touched.all(parts.services.keySet(), parts.nodes.keySet(), parts.networks.keySet());
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
        return Optional.ofNullable(parts.names.services().get(name)).map(parts.services::get);
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
        return Optional.ofNullable(parts.names.blobs().get(Names.key(kind, name))).map(parts.blobs::get);
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
        return Optional.ofNullable(parts.names.tokens().get(digest)).map(parts.users::get);
    }

    /** The services whose labels name other services, or themselves, to be kept apart from or together with. */
    public TreePSet<ServiceId> related() {
        return parts.serviceTraits.related();
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
        return Optional.ofNullable(parts.names.networks().get(name)).map(parts.networks::get);
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
        return parts.serviceTraits.updating();
    }

    /** The services whose tasks move by themselves when another node is better. */
    public TreePSet<ServiceId> balanced() {
        return parts.serviceTraits.balanced();
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
        return parts.addressBook.tasks().on(network);
    }

    /** The nodes that tasks with an address of a network are on, the dead that are remembered too, with how many there are. */
    public TreePMap<NodeId, Integer> population(NetworkId network) {
        return parts.addressBook.population(network);
    }

    /** The networks that tasks have an address of, the dead that are remembered too. */
    public Collection<NetworkId> populated() {
        return parts.addressBook.population().keySet();
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
        return parts.addressBook.services().on(network);
    }

    /**
     * The services that publish a port, on every node or on the nodes that run a task of them, as {@code 8080/tcp}. A port
     * that an update took away is the service's until it is sure that it will not turn back.
     */
    public TreePSet<ServiceId> publishing(String port) {
        return parts.addressBook.ports().of(port);
    }

    /** The services that could not be given everything they are to be reached by. */
    public TreePSet<ServiceId> lacking() {
        return parts.addressBook.lacking();
    }

    /** The services that requests from outside may come in for on any node. */
    public TreePSet<ServiceId> onIngress() {
        return parts.serviceTraits.onIngress();
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
        return parts.addressBook.hosts().on(network);
    }

    /** What nodes cannot answer requests from outside for, by node. */
    public TreePMap<NodeId, PortTroubles> portTroubles() {
        return parts.portTroubles;
    }

    /** The nodes that can be part of networks that span the hosts. */
    public TreePSet<NodeId> spanning() {
        return parts.nodeTraits.spanning();
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
        return parts.nodeTraits.drained();
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
        return parts.bySlot.of(service);
    }

    /**
     * The slots of a service in which there is anything else than one living task that is well, and before it dead ones that are
     * remembered: only there may something be missing, be too much or be to be forgotten, as long as the service wants as many slots.
     */
    public TreePSet<Integer> unsettled(ServiceId service) {
        return parts.bySlot.unsettled().of(service);
    }

    /** The slots of a service in which there is anything else than one living task that serves, and before it dead ones that did not end by themselves. */
    public TreePSet<Integer> unsteady(ServiceId service) {
        return parts.steadiness.unsteady().of(service);
    }

    /** The other slots, where the task that serves is of another revision than the service. */
    public TreePSet<Integer> stale(ServiceId service) {
        return parts.steadiness.stale().of(service);
    }

    /** The tasks of one slot, oldest first. */
    public List<Task> slot(ServiceId service, int slot) {
        var tasks = slots(service).get(slot);
        return tasks == null ? List.of() : tasks;
    }

    /** All tasks of a service, by slot, then oldest first. */
    public List<Task> tasksOf(ServiceId service) {
        var all = new ArrayList<Task>();
        slots(service).values().forEach(all::addAll);
        return all;
    }

    /** All tasks placed on a node, dead ones too. */
    public List<Task> tasksOn(NodeId node) {
        return parts.byNode.tasks().of(node).stream().map(parts.tasks::get).toList();
    }

    /** What is on each node that has tasks. */
    public TreePMap<NodeId, NodeLoad> loads() {
        return parts.byNode.loads();
    }

    /** What the tasks on a node take of it. */
    public NodeLoad load(NodeId node) {
        var load = parts.byNode.loads().get(node);
        return load == null ? NodeLoad.NONE : load;
    }

    /** Tasks that wait for a node. */
    public TreePSet<TaskId> pending() {
        return parts.byNode.pending();
    }

    /** Living tasks that take over from another living one in their slot. */
    public TreePSet<TaskId> successors() {
        return parts.bySlot.successors();
    }

    /** Tasks that wait for their time, by that time. */
    public TreePMap<Instant, TreePSet<TaskId>> due() {
        return parts.agenda.due().sets();
    }

    /** Tasks that were lost with their node and are remembered for their addresses alone, by when they were lost. */
    public TreePMap<Instant, TreePSet<TaskId>> lost() {
        return parts.agenda.lost().sets();
    }

    /** Jobs whose schedule wants them to run, by the time of the next run. */
    public TreePMap<Instant, TreePSet<ServiceId>> scheduled() {
        return parts.agenda.scheduled().sets();
    }

    /** When a node was last heard of; empty if it has no agent, is down, or was not heard of since the manager's start. */
    public Optional<Instant> heard(NodeId node) {
        return Optional.ofNullable(parts.contact.heard().get(node));
    }

    /** The nodes that are not down, by when they were last heard of. */
    public TreePMap<Instant, TreePSet<NodeId>> silentSince() {
        return parts.contact.silentSince().sets();
    }

    /** Tasks that no balancer is to lead to, and that their agents must not stop yet, by the transaction in which they left. */
    public TreePMap<Long, TreePSet<TaskId>> leaving() {
        return parts.agenda.leaving().sets();
    }

    /**
     * The version that the names and balancers of a node are of, or a later one; empty if it has not said so since it was
     * last down, or since the manager's start.
     */
    public Optional<Long> acknowledged(NodeId node) {
        return Optional.ofNullable(parts.contact.acknowledged().get(node));
    }

    /** The version whose names and balancers a node should have had long ago, so that it is not waited for; else empty. */
    public Optional<Long> fenced(NodeId node) {
        return Optional.ofNullable(parts.contact.fenced().get(node));
    }

    /** What changed since the last plan. */
    public Touched touched() {
        return parts.touched;
    }

    /** Same stored content at the same version, whatever was heard or touched. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterState that && parts.storesTheSameAs(that.parts);
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
