package io.cardume.manager.cluster;

import io.cardume.api.DesiredState;
import io.cardume.api.GenericResource;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What must hold of every state after a plan, and of every step from one state to the next. */
public final class Invariants {
    private final List<String> broken = new ArrayList<>();

    private Invariants() {}

    /** The laws a planned state breaks, in words; empty if it is sound. */
    public static List<String> check(ClusterState state) {
        var laws = new Invariants();
        state.tasks().values().forEach(task -> laws.task(state, task));
        state.addresses().values().forEach(addresses -> laws.addresses(state, addresses));
        state.endpoints().values().forEach(endpoint -> laws.endpoint(state, endpoint));
        state.networks().values().forEach(network -> laws.owners(state, network));
        state.services().values().forEach(service -> laws.service(state, service));
        state.nodes().keySet().forEach(node -> laws.ports(state, node));
        state.nodes().keySet().forEach(node -> laws.resources(state, node));
        return laws.broken;
    }

    /** The laws a step from one state to the next breaks, in words: nothing dead comes back, nothing goes backwards. */
    public static List<String> check(ClusterState before, ClusterState after) {
        var laws = new Invariants();
        if (before.cluster().map(Cluster::id).equals(after.cluster().map(Cluster::id)))
            after.tasks().values().forEach(task -> before.task(task.id()).ifPresent(was -> laws.move(was, task)));
        return laws.broken;
    }

    private void task(ClusterState state, Task task) {
        var service = state.service(task.service());
        law(service.isPresent(), "task %s is of service %s, which does not exist", task.id(), task.service());
        if (service.isEmpty()) return;
        law(service.get().revisions().containsKey(task.revision()), "task %s is of revision %d, which its service has forgotten", task.id(), task.revision());
        law(!service.get().removed() || task.desired() == DesiredState.REMOVE, "task %s is wanted %s, but its service is removed", task.id(), task.desired());
        law(task.node().isPresent() || task.isPending() || task.isDead(), "task %s is wanted %s, not dead, and nowhere", task.id(), task.desired());
        law(!task.isPending() || !task.status().err().isEmpty(), "task %s waits for a node and does not say why", task.id());
        law(!task.isDead() || task.desired().compareTo(DesiredState.SHUTDOWN) >= 0, "task %s is dead and still wanted %s", task.id(), task.desired());
        if (!task.isDead()) task.node().ifPresent(node -> place(state, task, node));
        task.leaving().ifPresent(leaving -> {
            law(!task.isDead() && !task.isBackend(), "task %s leaves, and is %s, wanted %s", task.id(), task.status().state(), task.desired());
            law(state.addresses(task.id()).isPresent() && !service.get().isJob(), "task %s leaves tables that it was not in", task.id());
        });
    }

    private void addresses(ClusterState state, Addresses addresses) {
        var task = state.tasks().get(addresses.task());
        law(task != null, "addresses of task %s are kept, and it is forgotten", addresses.task());
        if (task == null || task.isDead()) return;
        addresses.byNetwork().forEach((network, address) -> {
            law(addresses.task().equals(state.addressesOn(network).get(address)), "address %s of task %s is another's too", address, task.id());
            var known = state.network(network);
            law(known.isPresent(), "task %s lives on network %s, which does not exist", task.id(), network);
            known.ifPresent(there -> law(there.subnet().contains(address) && !there.gateway().equals(address),
                    "address %s of task %s is none for tasks of network %s", address, task.id(), network));
        });
    }

    private void endpoint(ClusterState state, Endpoint endpoint) {
        var service = state.service(endpoint.service());
        law(service.isPresent(), "service %s has addresses and does not exist", endpoint.service());
        if (service.isEmpty() || service.get().removed()) return;
        endpoint.virtual().forEach((network, address) ->
                law(endpoint.service().equals(state.virtualOn(network).get(address)), "address %s of service %s is not its own", address, endpoint.service()));
        for (PortConfig port : endpoint.ingressPorts()) {
            law(port.publishedPort() != 0, "a port of service %s has no number", endpoint.service());
            for (ServiceId other : state.publishing(port.key()))
                law(other.equals(endpoint.service()) || state.endpoint(other).stream().flatMap(its -> its.ingressPorts().stream()).noneMatch(its -> its.key().equals(port.key())),
                        "port %s is published by services %s and %s", port.key(), endpoint.service(), other);
        }
    }

    /** No address has two living owners: the hosts' gateway, services, nodes, tasks. */
    private void owners(ClusterState state, Network network) {
        var owners = new HashMap<Ipv4, String>();
        own(owners, network, network.gateway(), "the hosts");
        state.virtualOn(network.id()).forEach((address, service) -> own(owners, network, address, "service " + service));
        state.hostsOn(network.id()).forEach((address, node) -> {
            own(owners, network, address, "node " + node);
            law(state.hostAddress(node, network.id()).equals(Optional.of(address)), "address %s of network %s is said to be node %s's", address, network.id(), node);
        });
        state.addressesOn(network.id()).forEach((address, task) -> own(owners, network, address, "task " + task));
    }

    private void own(Map<Ipv4, String> owners, Network network, Ipv4 address, String owner) {
        var other = owners.put(address, owner);
        law(other == null, "address %s of network %s belongs to %s and to %s", address, network.id(), other, owner);
        law(network.subnet().contains(address) && !network.subnet().first().equals(address) && !network.subnet().last().equals(address),
                "address %s of %s is none of network %s", address, owner, network.id());
    }

    private void place(ClusterState state, Task task, NodeId node) {
        var where = state.node(node);
        law(where.isPresent(), "task %s lives on node %s, which does not exist", task.id(), node);
        where.ifPresent(known -> {
            law(known.liveness() != Node.Liveness.DOWN, "task %s lives on node %s, which is down", task.id(), node);
            law(known.availability() != Node.Availability.DRAIN || !task.isLive() || isFollowed(state, task), "task %s is kept on node %s, which is drained, and nothing is to take over from it", task.id(), node);
        });
    }

    private static boolean isFollowed(ClusterState state, Task task) {
        return state.slot(task.service(), task.slot()).reversed().stream().takeWhile(other -> !other.id().equals(task.id())).anyMatch(Task::isLive);
    }

    private void service(ClusterState state, Service service) {
        law(!service.removed() || !state.slots(service.id()).isEmpty(), "service %s is removed, has no tasks, and is still here", service.id());
        int slots = 0;
        for (int slot : state.slots(service.id()).keySet()) {
            var tasks = state.slot(service.id(), slot);
            if (tasks.stream().anyMatch(task -> task.desired() != DesiredState.REMOVE)) slots++;
            slot(service, slot, tasks);
        }
        int wanted = service.removed() ? 0 : service.spec().replicas();
        if (service.isGlobal()) homes(state, service);
        if (service.isJob()) runs(state, service);
        else if (!service.isGlobal()) law(slots == wanted, "service %s has %d slots and should have %d", service.id(), slots, wanted);
    }

    private void runs(ClusterState state, Service service) {
        var job = service.job();
        law(job.isPresent(), "service %s is a job and has no runs", service.id());
        if (job.isEmpty() || service.removed()) return;
        var lanes = new HashSet<Integer>();
        for (JobRun run : job.get().running())
            law(lanes.add(run.lane()), "run %d of service %s has the slots of another run", run.iteration(), service.id());
        var living = new HashMap<Long, Integer>();
        for (Task task : state.tasksOf(service.id())) {
            var run = job.get().run(task.iteration());
            law(run.isPresent() || task.desired() == DesiredState.REMOVE, "task %s is of run %d, which its service has forgotten", task.id(), task.iteration());
            law(run.isEmpty() || !run.get().hasEnded() || !task.isLive(), "task %s lives and its run %d is over", task.id(), task.iteration());
            if (task.isLive()) living.merge(task.iteration(), 1, Integer::sum);
        }
        for (JobRun run : job.get().running())
            law(run.concurrent() == 0 || living.getOrDefault(run.iteration(), 0) <= run.concurrent(),
                    "run %d of service %s has %d living tasks, more than %d", run.iteration(), service.id(), living.get(run.iteration()), run.concurrent());
    }

    private void homes(ClusterState state, Service service) {
        var kept = new HashSet<NodeId>();
        for (int slot : state.slots(service.id()).keySet()) {
            var tasks = state.slot(service.id(), slot);
            var homes = tasks.stream().map(Task::home).distinct().toList();
            law(homes.size() == 1 && homes.getFirst().isPresent(), "slot %d of service %s is of nodes %s, not of one", slot, service.id(), homes);
            law(tasks.stream().allMatch(task -> task.node().isEmpty() || task.node().equals(task.home())),
                    "slot %d of service %s has a task that is not on its node", slot, service.id());
            if (tasks.stream().anyMatch(task -> task.desired() != DesiredState.REMOVE))
                law(service.isJob() || kept.add(homes.getFirst().orElseThrow()), "service %s has two slots for node %s", service.id(), homes.getFirst());
        }
    }

    private void slot(Service service, int slot, List<Task> tasks) {
        law(count(tasks, DesiredState.READY) <= 1, "slot %d of service %s has two tasks that wait for their turn", slot, service.id());
        law(tasks.stream().filter(Task::isLive).count() <= 2, "slot %d of service %s has more than two living tasks", slot, service.id());
        int earlierAlive = 0;
        for (Task task : tasks) {
            boolean mayRun = !task.isDead() && task.desired() == DesiredState.RUNNING;
            law(!mayRun || earlierAlive <= (task.startsFirst() ? 1 : 0), "task %s of slot %d of service %s runs before those it follows have stopped", task.id(), slot, service.id());
            if (!task.isDead()) earlierAlive++;
        }
        boolean kept = tasks.stream().anyMatch(task -> task.desired() != DesiredState.REMOVE);
        boolean live = tasks.stream().anyMatch(Task::isLive);
        boolean explained = tasks.stream().anyMatch(task -> task.endedByItself() && !task.status().message().isEmpty());
        // A slot of one node may be empty because that node takes no tasks now, one of a job because its run is over.
        law(!kept || live || explained || service.isGlobal() || service.isJob(), "slot %d of service %s is empty and nothing says why", slot, service.id());
    }

    private static long count(List<Task> tasks, DesiredState desired) {
        return tasks.stream().filter(task -> task.isLive() && task.desired() == desired).count();
    }

    private void ports(ClusterState state, NodeId node) {
        Map<String, Task> holders = new HashMap<>();
        for (Task task : state.tasksOn(node)) {
            if (task.isDead()) continue;
            state.services().get(task.service()).revisions().get(task.revision()).hostPorts().stream()
                    .filter(port -> port.publishedPort() != 0)
                    .forEach(port -> {
                        var other = holders.put(port.key(), task);
                        law(other == null, "port %s of node %s is given to task %s and to another", port.key(), node, task.id());
                    });
        }
    }

    private void resources(ClusterState state, NodeId node) {
        Map<GenericResource.Named, Task> holders = new HashMap<>();
        for (Task task : state.tasksOn(node)) {
            if (task.isDead()) continue;
            for (GenericResource given : task.assigned())
                given.named().ifPresent(one -> {
                    var other = holders.put(one, task);
                    law(other == null, "%s of node %s is given to task %s and to another", one, node, task.id());
                });
        }
    }

    private void move(Task was, Task is) {
        law(is.desired().compareTo(was.desired()) >= 0, "task %s was wanted %s and is wanted %s again", is.id(), was.desired(), is.desired());
        law(!was.isDead() || is.status().state() == was.status().state(), "task %s was %s and came back as %s", is.id(), was.status().state(), is.status().state());
        law(is.status().state().compareTo(was.status().state()) >= 0, "task %s was %s and is %s again", is.id(), was.status().state(), is.status().state());
        law(was.node().isEmpty() || was.node().equals(is.node()), "task %s moved from node %s", is.id(), was.node());
        law(was.status().state() != TaskState.NEW || is.node().isPresent() || is.status().state() != TaskState.RUNNING, "task %s runs and was never placed", is.id());
    }

    private void law(boolean holds, String words, Object... about) {
        if (!holds) broken.add(words.formatted(about));
    }
}
