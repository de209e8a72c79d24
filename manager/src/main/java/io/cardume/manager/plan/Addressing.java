package io.cardume.manager.plan;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Who has which address: a task that waits for a node gets one on each of its networks first, and one that is to follow
 * another before one that is not. Addresses go round, so that one that was given back is taken again last. What was lost with
 * its node keeps its addresses, for it may still run there; but not for ever where there are no others left.
 */
final class Addressing implements PlanStep {
    /** How long what is lost keeps its addresses whoever needs them, and whether or not it is wanted. */
    static final Duration LOST = Duration.ofMinutes(5);
    private static final Comparator<Task> ORDER = Comparator.comparing((Task task) -> task.takeover().isEmpty())
            .thenComparing(Task::service).thenComparing(Task::slot).thenComparing(Task::id);

    @Override
    public void plan(Draft draft) {
        if (draft.state().pending().isEmpty()) return;
        var waiting = new ArrayList<Task>();
        var order = new StartOrder(draft.state());
        for (TaskId id : draft.state().pending()) {
            var task = draft.state().tasks().get(id);
            if (holdsBack(draft.state(), task) && !order.holdsBack(task) && !Backoff.holdsBack(draft.state(), task, draft.now())) waiting.add(task);
        }
        waiting.sort(ORDER);
        for (Task task : waiting) give(draft, task);
    }

    /** When what was lost gives an address back that a task waits for. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return state.pending().stream().map(state.tasks()::get)
                .filter(task -> holdsBack(state, task))
                .flatMap(task -> state.networks(revision(state, task)).stream())
                .distinct()
                .flatMap(network -> lost(state, network).map(task -> task.status().at().plus(LOST)))
                .filter(at -> at.isAfter(now))
                .min(Comparator.naturalOrder());
    }

    /** Whether a task cannot be placed yet, because it has not the addresses it needs. */
    static boolean holdsBack(ClusterState state, Task task) {
        return revision(state, task).spansHosts() && state.addresses(task.id()).isEmpty();
    }

    /** Whether a task that cannot be placed yet could, if only the old one gave its addresses back. */
    static boolean isInTheWay(ClusterState state, Task old, Task next) {
        var held = state.addresses(old.id()).map(Addresses::byNetwork).orElse(Collections.emptySortedMap());
        return state.networks(revision(state, next)).stream()
                .allMatch(id -> state.network(id).isPresent() && (held.containsKey(id) || next(state, state.networks().get(id)).isPresent()));
    }

    private static Revision revision(ClusterState state, Task task) {
        return state.services().get(task.service()).revisions().get(task.revision());
    }

    /** Whether there is an address for one more task of a revision on each of its networks. */
    static boolean hasRoom(ClusterState state, Revision revision) {
        return state.networks(revision).stream().allMatch(id -> state.network(id).flatMap(network -> next(state, network)).isPresent());
    }

    /** Gives a task that is about to be placed the addresses it needs; there has to be room. */
    static void giveWhatItNeeds(Draft draft, Task task) {
        if (holdsBack(draft.state(), task)) give(draft, task);
    }

    private static void give(Draft draft, Task task) {
        var revision = revision(draft.state(), task);
        var given = new TreeMap<NetworkId, Ipv4>();
        for (NetworkId id : draft.state().networks(revision)) {
            var network = draft.state().network(id);
            if (network.isEmpty()) {
                explain(draft, task, "network " + id + " does not exist any more");
                return;
            }
            if (next(draft.state(), network.get()).isEmpty()) takeBack(draft, id);
            var address = next(draft.state(), network.get());
            if (address.isEmpty()) {
                explain(draft, task, "network " + network.get().name() + " has no free address left in " + network.get().subnet());
                return;
            }
            given.put(id, address.get());
        }
        draft.add(new Change.AddressesPut(new Addresses(task.id(), given)));
        given.forEach((network, address) -> draft.add(new Change.AddressGivenLast(network, address)));
    }

    /** Whether a task is dead only for the cluster, and may still have addresses somewhere. */
    static boolean mayHold(ClusterState state, Task task, Instant now) {
        return task.status().state() == TaskState.ORPHANED && task.status().at().plus(LOST).isAfter(now)
                && state.addresses(task.id()).filter(addresses -> !addresses.byNetwork().isEmpty()).isPresent();
    }

    /** The addresses of what was lost long ago; should it run on somewhere, the others do not know of it. */
    private static void takeBack(Draft draft, NetworkId network) {
        lost(draft.state(), network)
                .filter(task -> !task.status().at().plus(LOST).isAfter(draft.now()))
                .toList()
                .forEach(task -> draft.add(new Change.AddressesPut(new Addresses(task.id(), Collections.emptySortedMap()))));
    }

    private static Stream<Task> lost(ClusterState state, NetworkId network) {
        return state.addressesOn(network).values().stream().map(state.tasks()::get).filter(Task::isDead);
    }

    private static void explain(Draft draft, Task task, String words) {
        draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "pending task scheduling", words)));
    }

    /** The next free address for a service: those that tasks wait for which take over from others are left to them. */
    static Optional<Ipv4> nextForService(ClusterState state, Network network) {
        long free = free(state, network);
        if (free > state.spanning().size() + state.pending().size()) return any(state, network);
        long waiting = state.pending().stream().map(state.tasks()::get)
                .filter(task -> task.takeover().isPresent() && holdsBack(state, task) && state.networks(revision(state, task)).contains(network.id()))
                .count();
        return free > neededByNodes(state, network) + waiting ? any(state, network) : Optional.empty();
    }

    /** The next free address for a task; what nodes with tasks will need for themselves is left to them. */
    private static Optional<Ipv4> next(ClusterState state, Network network) {
        long free = free(state, network);
        return free > state.spanning().size() || free > neededByNodes(state, network) ? any(state, network) : Optional.empty();
    }

    /** Nodes that have tasks there and no address yet, and others: every task without a node may go to one, and so may the one that is asked for. */
    private static long neededByNodes(ClusterState state, Network network) {
        long now = state.population(network.id()).keySet().stream().filter(node -> state.hostAddress(node, network.id()).isEmpty()).count();
        long others = Math.max(0, state.spanning().size() - state.hostsOn(network.id()).size() - now);
        long unplaced = state.pending().stream().flatMap(task -> state.addresses(task).stream())
                .filter(addresses -> addresses.byNetwork().containsKey(network.id())).count();
        return now + Math.min(others, unplaced + 1);
    }

    /** How many addresses are nobody's: neither the subnet's own, nor the broadcast, nor the gateway. */
    private static long free(ClusterState state, Network network) {
        return network.subnet().size() - 3 - state.addressesOn(network.id()).size() - state.virtualOn(network.id()).size()
                - state.hostsOn(network.id()).size();
    }

    /** The next free address. */
    static Optional<Ipv4> any(ClusterState state, Network network) {
        var tasks = state.addressesOn(network.id());
        var services = state.virtualOn(network.id());
        var nodes = state.hostsOn(network.id());
        if (free(state, network) <= 0) return Optional.empty();
        long hosts = network.subnet().size() - 2;
        long at = state.addressGivenLast(network.id()).map(last -> last.minus(network.subnet().first())).orElse(0L);
        while (true) {
            at = at >= hosts ? 1 : at + 1;
            var address = network.subnet().first().plus(at);
            if (!address.equals(network.gateway()) && !tasks.containsKey(address) && !services.containsKey(address)
                    && !nodes.containsKey(address)) return Optional.of(address);
        }
    }
}
