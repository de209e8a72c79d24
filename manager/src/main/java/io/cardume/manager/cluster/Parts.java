package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.UserName;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pcollections.PSequence;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;
import org.pcollections.TreePVector;

/**
 * What a state is made of: the objects, and the indexes over them. Each change is applied here: it moves an object and all indexes
 * that show it, and notes what the next plan has to look at. A copy is changed while a next state is put together; once a
 * {@link ClusterState} has it, it stays as it is.
 */
final class Parts implements Cloneable {
    private static final int ENDED_CLUSTERS_REMEMBERED = 16;

    long version;
    Optional<Cluster> cluster = Optional.empty();
    Optional<Authority> authority = Optional.empty();
    PSequence<ClusterId> ended = TreePVector.empty();
    TreePMap<ServiceId, Service> services = TreePMap.empty();
    TreePMap<ServiceId, Login> logins = TreePMap.empty();
    TreePMap<ServiceId, Instant> moving = TreePMap.empty();
    TreePMap<ServiceId, Endpoint> endpoints = TreePMap.empty();
    TreePMap<BlobId, Blob> blobs = TreePMap.empty();
    TreePMap<UserName, User> users = TreePMap.empty();
    TreePMap<NetworkId, Network> networks = TreePMap.empty();
    Optional<Network> newestNetwork = Optional.empty();
    TreePMap<NetworkId, Ipv4> givenLast = TreePMap.empty();
    TreePMap<NodeId, Node> nodes = TreePMap.empty();
    TreePMap<NodeId, HostAddresses> hostAddresses = TreePMap.empty();
    TreePMap<NodeId, PortTroubles> portTroubles = TreePMap.empty();
    TreePMap<TaskId, Task> tasks = TreePMap.empty();
    TreePMap<TaskId, Addresses> addresses = TreePMap.empty();
    Contact contact = Contact.NONE;

    Names names = Names.NONE;
    ServiceTraits serviceTraits = ServiceTraits.NONE;
    NodeTraits nodeTraits = NodeTraits.NONE;
    TreePSet<NetworkId> endingNetworks = TreePSet.empty();
    AddressBook addressBook = AddressBook.NONE;
    TasksBySlot bySlot = TasksBySlot.NONE;
    Steadiness steadiness = Steadiness.NONE;
    TasksByNode byNode = TasksByNode.NONE;
    Agenda agenda = Agenda.NONE;
    Touched touched = Touched.NOTHING;

    Parts copy() {
        try {
            return (Parts) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing but what outlives a cluster. */
    Parts ended(ClusterId id) {
        var next = new Parts();
        next.version = version;
        next.authority = authority;
        next.ended = ended.plus(id);
        while (next.ended.size() > ENDED_CLUSTERS_REMEMBERED) next.ended = next.ended.minus(0);
        return next;
    }

    void apply(Change change) {
        switch (change) {
            case Change.ClusterPut(var cluster) -> put(cluster);
            case Change.AuthorityPut(var authority) -> this.authority = Optional.of(authority);
            case Change.ClusterEnded(_) -> throw new AssertionError("an end replaces everything");
            case Change.ServicePut(var service) -> put(service);
            case Change.ServiceRemoved(var id) -> removeService(id);
            case Change.LoginPut(var service, var login) -> {
                if (services.containsKey(service)) logins = logins.plus(service, login);
            }
            case Change.BlobPut(var blob) -> put(blob);
            case Change.BlobRemoved(var id) -> removeBlob(id);
            case Change.UserPut(var user) -> put(user);
            case Change.UserRemoved(var name) -> removeUser(name);
            case Change.MovesAsked(var id, var at) -> moving = moving.plus(id, at);
            case Change.MovesEnded(var id) -> moving = moving.minus(id);
            case Change.TaskPut(var task) -> put(task);
            case Change.TaskRemoved(var id) -> removeTask(id);
            case Change.NetworkPut(var network) -> put(network);
            case Change.NetworkRemoved(var id) -> removeNetwork(id);
            case Change.NetworkMadeLast(var network) -> newestNetwork = Optional.of(network);
            case Change.AddressGivenLast(var network, var address) -> {
                if (networks.containsKey(network)) givenLast = givenLast.plus(network, address);
            }
            case Change.AddressesPut(var addresses) -> put(addresses);
            case Change.EndpointPut(var endpoint) -> put(endpoint);
            case Change.HostAddressesPut(var addresses) -> put(addresses);
            case Change.PortTroublesPut(var troubles) -> put(troubles);
            case Change.NodePut(var node) -> put(node);
            case Change.NodeRemoved(var id) -> removeNode(id);
            case Change.NodeHeard(var id, var at) -> hear(id, at);
            case Change.NodeBalanced(var id, var version) -> {
                if (isThere(id)) contact = contact.acknowledged(id, version);
            }
            case Change.NodeFenced(var id, var version) -> {
                if (isThere(id)) contact = contact.fenced(id, version);
            }
        }
    }

    private void put(Cluster after) {
        boolean remembersOtherwise = cluster.isPresent() && cluster.get().taskHistoryLimit() != after.taskHistoryLimit();
        if (remembersOtherwise) touched = touched.withServices(services.keySet());
        cluster = Optional.of(after);
    }

    private void put(Service service) {
        var id = service.id();
        var before = Optional.ofNullable(services.get(id));
        var published = ports(id);
        services = services.plus(id, service);
        if (before.filter(was -> was.revision() != service.revision()).isPresent()) steadiness = steadiness.with(service, bySlot.of(id));
        addressBook = addressBook.published(id, published, ports(id));
        before.ifPresent(was -> names = names.without(was));
        if (!service.removed()) names = names.with(service);
        agenda = agenda.moved(id, before, Optional.of(service));
        set(serviceTraits.with(service));
        touched = touched.service(id);
    }

    private void removeService(ServiceId id) {
        var before = services.get(id);
        if (before == null) return;
        var published = ports(id);
        services = services.minus(id);
        addressBook = addressBook.published(id, published, ports(id));
        names = names.without(before);
        agenda = agenda.moved(id, Optional.of(before), Optional.empty());
        set(serviceTraits.without(id));
        removeEndpoint(id);
        logins = logins.minus(id);
        moving = moving.minus(id);
    }

    /** The network for published ports is told of the first service on it and of the last. */
    private void set(ServiceTraits after) {
        boolean other = serviceTraits.onIngress().isEmpty() != after.onIngress().isEmpty();
        serviceTraits = after;
        if (other) touchIngress();
    }

    private void touchIngress() {
        var ingress = names.networks().get(Network.INGRESS);
        if (ingress != null) touched = touched.network(ingress);
    }

    private void put(Blob blob) {
        blobs = blobs.plus(blob.id(), blob);
        names = names.with(blob);
    }

    private void removeBlob(BlobId id) {
        var before = blobs.get(id);
        if (before == null) return;
        blobs = blobs.minus(id);
        names = names.without(before);
    }

    private void put(User user) {
        removeUser(user.name());
        users = users.plus(user.name(), user);
        names = names.with(user);
    }

    private void removeUser(UserName name) {
        var before = users.get(name);
        if (before == null) return;
        users = users.minus(name);
        names = names.without(before);
    }

    private void put(Network network) {
        var before = networks.get(network.id());
        if (before == null) newestNetwork = Optional.of(network);
        else names = names.without(before);
        networks = networks.plus(network.id(), network);
        if (network.removed()) endingNetworks = endingNetworks.plus(network.id());
        else names = names.with(network);
    }

    private void removeNetwork(NetworkId id) {
        var before = networks.get(id);
        if (before == null) return;
        names = names.without(before);
        networks = networks.minus(id);
        endingNetworks = endingNetworks.minus(id);
        givenLast = givenLast.minus(id);
        for (NodeId node : List.copyOf(addressBook.hosts().on(id).values())) put(hostAddresses.get(node).without(id));
    }

    private void put(Addresses given) {
        var task = tasks.get(given.task());
        if (task == null) return;
        giveBack(task);
        populate(task, -1);
        addresses = addresses.plus(given.task(), given);
        populate(task, 1);
        take(task);
        touched = touched.service(task.service());
    }

    /** Whether the addresses of a task are its own: a dead one gives them back, unless its container may still run where nobody sees it. */
    private static boolean holds(Task task) {
        return !task.isDead() || task.status().state() == TaskState.ORPHANED;
    }

    private void take(Task task) {
        var given = addresses.get(task.id());
        if (given != null && holds(task)) addressBook = addressBook.with(given);
    }

    private void giveBack(Task task) {
        var given = addresses.get(task.id());
        if (given == null || !holds(task)) return;
        for (NetworkId network : given.byNetwork().keySet()) touched = touched.network(network);
        addressBook = addressBook.without(given);
    }

    /** Where the tasks with an address are, dead ones too: the network is kept there as long as they are remembered. */
    private void populate(Task task, int more) {
        var given = addresses.get(task.id());
        if (given == null || task.node().isEmpty()) return;
        var node = task.node().get();
        for (NetworkId network : given.byNetwork().keySet()) {
            boolean wasThere = addressBook.population(network).containsKey(node);
            addressBook = addressBook.populated(network, node, more);
            if (wasThere != addressBook.population(network).containsKey(node)) touched = touched.network(network);
        }
    }

    private void put(Endpoint endpoint) {
        var id = endpoint.service();
        if (!services.containsKey(id)) return;
        var published = ports(id);
        removeEndpoint(id);
        endpoints = endpoints.plus(id, endpoint);
        addressBook = addressBook.published(id, published, ports(id)).with(endpoint);
    }

    private void removeEndpoint(ServiceId id) {
        var before = endpoints.get(id);
        if (before == null) return;
        endpoints = endpoints.minus(id);
        for (NetworkId network : before.virtual().keySet()) touched = touched.network(network);
        addressBook = addressBook.without(before);
    }

    /** The ports that are a service's: what it was given, what it asks for, and what it may turn back to. */
    private TreeSet<String> ports(ServiceId id) {
        var ports = new TreeSet<String>();
        var service = services.get(id);
        if (service == null || service.removed()) return ports;
        var endpoint = endpoints.get(id);
        if (endpoint != null) endpoint.held().forEach(port -> ports.add(port.key()));
        service.spec().ports().forEach(port -> ports.add(port.key()));
        service.specsBefore().forEach(spec -> spec.ports().forEach(port -> ports.add(port.key())));
        ports.removeIf(port -> port.startsWith("0/"));
        return ports;
    }

    private void put(HostAddresses given) {
        if (!nodes.containsKey(given.node())) return;
        removeHostAddresses(given.node());
        if (given.byNetwork().isEmpty()) return;
        hostAddresses = hostAddresses.plus(given.node(), given);
        addressBook = addressBook.with(given);
    }

    private void removeHostAddresses(NodeId node) {
        var before = hostAddresses.get(node);
        if (before == null) return;
        hostAddresses = hostAddresses.minus(node);
        for (NetworkId network : before.byNetwork().keySet()) touched = touched.network(network);
        addressBook = addressBook.without(before);
    }

    private void put(PortTroubles troubles) {
        var id = troubles.node();
        if (!nodes.containsKey(id)) return;
        portTroubles = troubles.isNone() ? portTroubles.minus(id) : portTroubles.plus(id, troubles);
        touched = touched.changed(id);
    }

    private void put(Task task) {
        var before = Optional.ofNullable(tasks.get(task.id()));
        boolean other = before.isEmpty() || holds(before.get()) != holds(task);
        if (other) before.ifPresent(this::giveBack);
        if (before.filter(was -> was.node().isEmpty()).isPresent()) populate(task, 1);
        tasks = tasks.plus(task.id(), task);
        bySlot = bySlot.with(task);
        steady(task);
        index(task.id(), before, Optional.of(task));
        if (other) take(task);
        touched = touched.service(task.service());
    }

    private void removeTask(TaskId id) {
        var task = tasks.get(id);
        if (task == null) return;
        index(id, Optional.of(task), Optional.empty());
        giveBack(task);
        populate(task, -1);
        tasks = tasks.minus(id);
        addresses = addresses.minus(id);
        bySlot = bySlot.without(task);
        steady(task);
        touched = touched.service(task.service());
    }

    private void steady(Task task) {
        steadiness = steadiness.with(task.service(), task.slot(), bySlot.slot(task), wanted(task));
    }

    private long wanted(Task task) {
        var service = services.get(task.service());
        return service == null ? task.revision() : service.revision();
    }

    /**
     * All tasks at once, and their addresses, where everything else is and none of them: the indexes are what they would be with one put after
     * the other. It is not noted what is touched.
     */
    void fill(SortedMap<TaskId, Task> all, SortedMap<TaskId, Addresses> given) {
        tasks = TreePMap.fromSortedMap(all);
        addresses = TreePMap.fromSortedMap(given);
        bySlot = TasksBySlot.of(all.values());
        steadiness = Steadiness.of(bySlot, this::wanted);
        var known = new HashMap<>(services);
        byNode = TasksByNode.of(all.values(), task -> known.get(task.service()).revisions().get(task.revision()));
        for (Task task : all.values()) agenda = agenda.moved(task.id(), Optional.empty(), Optional.of(task));
        var owners = new HashMap<NetworkId, TreeMap<Ipv4, TaskId>>();
        var population = new HashMap<NetworkId, TreeMap<NodeId, Integer>>();
        for (Addresses own : given.values()) {
            var task = all.get(own.task());
            own.byNetwork().forEach((network, address) -> {
                if (holds(task)) owners.computeIfAbsent(network, _ -> new TreeMap<>()).put(address, task.id());
                task.node().ifPresent(node -> population.computeIfAbsent(network, _ -> new TreeMap<>()).merge(node, 1, Integer::sum));
            });
        }
        addressBook = addressBook.with(Owners.of(owners), population);
    }

    private void index(TaskId id, Optional<Task> before, Optional<Task> after) {
        byNode = byNode.moved(id, before, after, this::revision);
        agenda = agenda.moved(id, before, after);
        before.flatMap(Task::node).ifPresent(node -> touched = touched.node(node));
        after.flatMap(Task::node).ifPresent(node -> touched = touched.node(node));
    }

    private Revision revision(Task task) {
        return services.get(task.service()).revisions().get(task.revision());
    }

    private void put(Node node) {
        var before = nodes.get(node.id());
        // Constraints of a service's newer placement may no longer hold for what it has there, or it has to leave, or may stay.
        if (before != null && (!before.offersTheSameAs(node) || before.availability() != node.availability()))
            for (TaskId id : byNode.tasks().of(node.id())) touched = touched.service(tasks.get(id).service());
        if (before == null || !before.takesTheSameAs(node)) touchEverywhere();
        nodes = nodes.plus(node.id(), node);
        set(nodeTraits.with(node), node.id());
        if (node.liveness() == Node.Liveness.DOWN) contact = contact.lost(node.id());
        touched = touched.changed(node.id());
    }

    private void removeNode(NodeId id) {
        touchEverywhere();
        removeHostAddresses(id);
        portTroubles = portTroubles.minus(id);
        set(nodeTraits.without(id), id);
        nodes = nodes.minus(id);
        contact = contact.lost(id);
        touched = touched.changed(id);
    }

    /** A service with one task on every node has a say in each change of what nodes take. */
    private void touchEverywhere() {
        for (ServiceId id : serviceTraits.everywhere()) touched = touched.service(id);
    }

    /** The network for published ports is on every node that can be part of it. */
    private void set(NodeTraits after, NodeId of) {
        boolean other = nodeTraits.spanning().contains(of) != after.spanning().contains(of);
        nodeTraits = after;
        if (other) touchIngress();
    }

    private void hear(NodeId id, Instant at) {
        var node = nodes.get(id);
        if (node == null) return;
        contact = contact.heard(id, at);
        if (node.liveness() != Node.Liveness.READY) touched = touched.node(id);
    }

    private boolean isThere(NodeId id) {
        return nodes.containsKey(id) && nodes.get(id).liveness() != Node.Liveness.DOWN;
    }

    /** Whether the objects, as far as they are stored, are the same, whatever was heard or touched. */
    boolean storesTheSameAs(Parts that) {
        return version == that.version
                && cluster.equals(that.cluster)
                && authority.equals(that.authority)
                && ended.equals(that.ended)
                && services.equals(that.services)
                && logins.equals(that.logins)
                && blobs.equals(that.blobs)
                && users.equals(that.users)
                && networks.equals(that.networks)
                && givenLast.equals(that.givenLast)
                && moving.equals(that.moving)
                && addresses.equals(that.addresses)
                && endpoints.equals(that.endpoints)
                && hostAddresses.equals(that.hostAddresses)
                && portTroubles.equals(that.portTroubles)
                && nodes.equals(that.nodes)
                && tasks.equals(that.tasks);
    }
}
