package io.cardume.manager.http;

import io.cardume.api.DesiredState;
import io.cardume.api.Driver;
import io.cardume.api.EndpointSpec;
import io.cardume.api.EngineTrouble;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NetworkView;
import io.cardume.api.NodeId;
import io.cardume.api.NodeSpec;
import io.cardume.api.NodeView;
import io.cardume.api.ObjectVersion;
import io.cardume.api.RevisionView;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceView;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.Subnet;
import io.cardume.api.SwarmSpec;
import io.cardume.api.SwarmView;
import io.cardume.api.TaskState;
import io.cardume.api.TaskNetworkView;
import io.cardume.api.TaskView;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeCertificate;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Published state in the API's words. */
final class Views {
    private Views() {}

    static ServiceView of(Service service, ClusterState state) {
        return new ServiceView(service.id(), new ObjectVersion(service.version()), service.createdAt(), service.updatedAt(),
                service.spec(), service.previousSpec(),
                endpoint(service, state),
                service.update().map(update -> new ServiceView.UpdateView(
                        update.state().name().toLowerCase(Locale.ROOT), update.startedAt(), update.completedAt(), update.message()))
                        .or(() -> Jobs.update(service)),
                Optional.empty(), Jobs.status(service));
    }

    private static ServiceView.Endpoint endpoint(Service service, ClusterState state) {
        var endpoint = state.endpoint(service.id()).orElse(Endpoint.none(service.id()));
        return new ServiceView.Endpoint(service.spec().endpointSpec().orElse(new EndpointSpec(Optional.empty(), List.of())),
                endpoint.ports(), virtualIps(endpoint, state));
    }

    /** A service's own addresses, with the prefix of their networks. */
    static List<ServiceView.VirtualIp> virtualIps(Endpoint endpoint, ClusterState state) {
        var virtual = new ArrayList<ServiceView.VirtualIp>();
        endpoint.virtual().forEach((id, address) -> state.network(id).ifPresent(network ->
                virtual.add(new ServiceView.VirtualIp(id, address + "/" + network.subnet().prefix()))));
        return virtual;
    }

    /** One of a service's revisions, by number. */
    static RevisionView of(Service service, long number) {
        var revision = service.revisions().get(number);
        var state = number == service.revision() ? "current"
                : service.lastProven().filter(last -> last == number).isPresent() ? "previous"
                : revision.failure().isPresent() && !revision.proven() ? "failed" : "older";
        return new RevisionView(number, revision.createdAt(), state, revision.restored(), revision.failure().map(Views::of), revision.spec());
    }

    /** What went wrong with a revision. */
    static RevisionView.FailureView of(Revision.Failure failure) {
        return new RevisionView.FailureView(failure.task(), failure.node(), failure.host(), failure.at(), failure.words());
    }

    static ServiceView counted(Service service, ClusterState state) {
        var tasks = Jobs.newest(service, state.tasksOf(service.id()));
        long running = tasks.stream().filter(task -> task.status().state() == TaskState.RUNNING).count();
        var view = of(service, state);
        return new ServiceView(view.id(), view.version(), view.createdAt(), view.updatedAt(), view.spec(), view.previousSpec(),
                view.endpoint(), view.updateStatus(), Optional.of(new ServiceView.Counts(
                        running, desired(service, tasks), service.isJob() ? Jobs.completed(tasks) : 0)), view.jobStatus());
    }

    /** How many tasks a service is to have, as Swarm counts: of a job so many at once, on every node as many as are wanted running. */
    static long desired(Service service, List<Task> tasks) {
        if (service.isGlobal()) return tasks.stream().filter(task -> task.desired() == DesiredState.RUNNING).count();
        return service.spec().mode().replicatedJob().flatMap(ServiceMode.ReplicatedJob::maxConcurrent).orElseGet(() -> (long) service.spec().replicas());
    }

    static TaskView of(Task task, ClusterState state) {
        var status = task.status();
        var service = state.service(task.service()).orElseThrow();
        return new TaskView(task.id(), new ObjectVersion(task.version()), task.createdAt(), task.updatedAt(), new TreeMap<>(),
                service.template(task.revision()), task.service(),
                Optional.of(service.shownSlot(task)).filter(slot -> slot > 0), task.node().or(task::home), task.assigned(),
                new TaskView.Status(status.at(), status.state(), status.message(),
                        status.err().isEmpty() ? status.ailing() : status.err(),
                        status.container().map(container -> new TaskView.ContainerView(
                                container.containerId(), container.pid(), container.exitCode().orElse(0))),
                        new TaskView.PortStatus(status.ports()),
                        Optional.of(status.ready()).filter(_ -> task.isRunning()),
                        Optional.of(status.probe()).filter(words -> !words.isEmpty())),
                desired(task, service), service.isJob() ? Optional.of(new ObjectVersion(task.iteration())) : Optional.empty(),
                attachments(task, state));
    }

    private static List<TaskNetworkView> attachments(Task task, ClusterState state) {
        var attachments = new ArrayList<TaskNetworkView>();
        state.addresses(task.id()).ifPresent(addresses -> addresses.byNetwork().forEach((id, address) ->
                state.network(id).ifPresent(network -> attachments.add(new TaskNetworkView(shown(network),
                        List.of(address + "/" + network.subnet().prefix()))))));
        return attachments;
    }

    private static TaskNetworkView.Shown shown(Network network) {
        return new TaskNetworkView.Shown(network.id(), new ObjectVersion(network.version()), network.createdAt(), network.updatedAt(),
                new TaskNetworkView.Spec(network.name(), network.spec().labels(), new Driver("overlay", null),
                        network.spec().attachable(), "swarm"),
                new Driver("overlay", of(network).options()),
                new TaskNetworkView.Ipam(new Driver("default", null), of(network).ipam().config()));
    }

    /** What a task should be; what a job wants of its tasks is that they complete, and it stays so when they have. */
    static String desired(Task task, Service service) {
        boolean completes = task.desired() == DesiredState.RUNNING
                || task.desired() == DesiredState.SHUTDOWN && task.status().state() == TaskState.COMPLETE;
        return service.isJob() && completes ? "complete" : task.desired().word();
    }

    /**
     * @param unreached what is to be said of nodes that do not reach others, by node
     * @param tls the roots of nodes' certificates
     * @param clusterPort where agents connect to managers
     */
    static NodeView of(Node node, ClusterState state, Map<NodeId, String> unreached, TlsInfos tls, int clusterPort, Spaces spaces) {
        var message = Stream.of(Draining.message(state, node, spaces), unreached.getOrDefault(node.id(), "")).filter(words -> !words.isEmpty()).collect(Collectors.joining("; "));
        var said = node.description();
        boolean manager = node.role() == Node.Role.MANAGER;
        return new NodeView(node.id(), new ObjectVersion(node.version()), node.createdAt(), node.updatedAt(),
                new NodeSpec(node.name(), node.labels(),
                        Optional.of(manager ? NodeSpec.Role.MANAGER : NodeSpec.Role.WORKER),
                        Optional.of(NodeSpec.Availability.valueOf(node.availability().name()))),
                new NodeView.Description(said.hostname(), said.platform(),
                        new NodeView.Available(said.nanoCpus(), said.memoryBytes(), said.genericResources()),
                        new NodeView.Engine(said.engineVersion(), said.engineLabels(),
                                said.plugins().stream().map(Views::plugin).toList()),
                        tls.of(node), node.certificate().map(NodeCertificate::expires)),
                new NodeView.Status(state(node), message, node.address()),
                manager ? Optional.of(new NodeView.ManagerStatus(true, "reachable", clusterAddress(node, clusterPort))) : Optional.empty());
    }

    /** Where the manager on a node is reached by agents. */
    static String clusterAddress(Node node, int clusterPort) {
        return (node.address().contains(":") ? "[" + node.address() + "]" : node.address()) + ":" + clusterPort;
    }

    private static NodeView.Plugin plugin(String text) {
        int slash = text.indexOf('/');
        return new NodeView.Plugin(slash < 0 ? "" : text.substring(0, slash), text.substring(slash + 1));
    }

    /** The state of a node in Swarm's words; one that is silent for a while, or whose engine is, is unknown. */
    static String state(Node node) {
        return switch (node.liveness()) {
            case READY -> node.trouble().isEmpty() ? "ready" : "unknown";
            case SUSPECT -> "unknown";
            case DOWN -> "down";
        };
    }

    static NetworkView of(Network network) {
        var options = new TreeMap<String, String>();
        options.put("com.docker.network.driver.overlay.vxlanid_list", Integer.toString(network.vni()));
        network.spec().mtu().ifPresent(mtu -> options.put(NetworkSpec.MTU, mtu.toString()));
        return new NetworkView(network.name(), network.id(), network.createdAt(), "swarm", "overlay", true, false,
                new NetworkView.Ipam("default", Optional.empty(), List.of(new NetworkView.Range(network.subnet(), network.gateway()))),
                network.spec().internal(), network.spec().attachable(), network.ingress(), new NetworkView.ConfigFrom(""), false,
                new TreeMap<>(), options, network.spec().labels(), Optional.empty(), Optional.empty());
    }

    /** The same with the nodes and services on it. */
    static NetworkView verbose(Network network, ClusterState state, Spaces spaces) {
        var peers = new ArrayList<NetworkView.Peer>();
        state.hostsOn(network.id()).values().forEach(id -> state.node(id).ifPresent(node ->
                peers.add(new NetworkView.Peer(node.description().hostname(), node.address()))));
        var services = new TreeMap<String, NetworkView.ServiceOn>();
        for (Service service : state.services().values()) {
            if (service.removed() || !spaces.sees(service)) continue;
            var vip = state.endpoint(service.id()).map(endpoint -> endpoint.virtual().get(network.id()));
            var tasks = state.tasksOf(service.id()).stream().filter(task -> !task.isDead())
                    .flatMap(task -> taskOn(network, service, task, state).stream()).toList();
            if (vip.isEmpty() && tasks.isEmpty()) continue;
            var ports = network.ingress()
                    ? state.endpoint(service.id()).orElse(Endpoint.none(service.id())).ingressPorts().stream()
                            .map(port -> "Target: " + port.targetPort() + ", Publish: " + port.publishedPort()).toList()
                    : List.<String>of();
            services.put(service.name(), new NetworkView.ServiceOn(vip.map(Ipv4::toString).orElse(""), ports, 0, tasks));
        }
        var plain = of(network);
        return new NetworkView(plain.name(), plain.id(), plain.created(), plain.scope(), plain.driver(), plain.enableIpv4(), plain.enableIpv6(),
                plain.ipam(), plain.internal(), plain.attachable(), plain.ingress(), plain.configFrom(), plain.configOnly(), plain.containers(),
                plain.options(), plain.labels(), Optional.of(peers), Optional.of(services));
    }

    private static Optional<NetworkView.TaskOn> taskOn(Network network, Service service, Task task, ClusterState state) {
        return state.addresses(task.id()).map(addresses -> addresses.byNetwork().get(network.id())).map(address -> {
            var info = new TreeMap<String, String>();
            task.node().flatMap(state::node).ifPresent(node -> info.put("Host IP", node.address()));
            return new NetworkView.TaskOn(service.name() + "." + service.slotName(task) + "." + task.id(), task.id().value(), address, info);
        });
    }

    /** One that every engine has. */
    static NetworkView of(PredefinedNetwork network, Instant created) {
        return new NetworkView(network.word(), network.id(), created, "local", network.driver(), true, false,
                new NetworkView.Ipam("default", Optional.empty(), List.of()), false, false, false, new NetworkView.ConfigFrom(""), false,
                new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), Optional.empty(), Optional.empty());
    }

    static String message(Node node) {
        return node.message().isEmpty() ? node.trouble().map(EngineTrouble::sentence).orElse("") : node.message();
    }

    static SwarmView of(Cluster cluster, ClusterState state, boolean withTokens, boolean autolocks) {
        var authority = state.authority();
        return new SwarmView(cluster.id(), new ObjectVersion(cluster.version()), cluster.createdAt(), cluster.updatedAt(),
                SwarmSpec.of(cluster.labels(), cluster.taskHistoryLimit(), authority.map(Authority::nodeLife).orElse(Authority.NODE_LIFE),
                        authority.map(Authority::rotations).orElse(0L)).autolocks(autolocks),
                new TlsInfos(state).cluster(), authority.flatMap(Authority::next).isPresent(),
                cluster.addresses().ranges().stream().map(Subnet::toString).toList(), cluster.addresses().size(), 4789,
                withTokens ? Optional.of(new SwarmView.JoinTokens(cluster.workerToken(), cluster.managerToken())) : Optional.empty());
    }
}
