package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.BlobId;
import io.cardume.api.EventView;
import io.cardume.api.Json;
import io.cardume.api.NetworkId;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.UpdateStatus;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.ManagerLoop;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What happens in the cluster, told live to whoever watches; the last 256 events are remembered. */
final class Events implements AutoCloseable {
    private static final int REMEMBERED = 256;
    private static final int QUEUE = 1024;
    private static final Set<String> FILTERS = Set.of("type", "event", "scope", "label", "service", "node", "secret", "config",
            "network", "container", "image", "volume", "daemon", "plugin");

    /**
     * An event and whom it is for.
     *
     * @param namespaces those its object was in before and after, "" for none; no list = it is everybody's
     */
    private record Told(EventView event, Optional<List<String>> namespaces) {
        /** Of what nobody knows the namespace only those are told who see everything. */
        boolean isFor(Spaces spaces) {
            return spaces.isAll() || namespaces.map(all -> !all.isEmpty() && all.stream().allMatch(spaces::has)).orElse(true);
        }
    }

    /** One client. It is dropped when it reads so slowly that its queue is full. */
    private static final class Watcher {
        private final BlockingQueue<Optional<Told>> queue = new ArrayBlockingQueue<>(QUEUE + 1);
        private volatile Runnable drop = () -> {};

        void tell(Told event) {
            if (queue.size() < QUEUE) queue.offer(Optional.of(event));
            else {
                end();
                drop.run();
            }
        }

        void end() {
            queue.offer(Optional.empty());
        }
    }

    private final Admission admission;
    private final Runnable unsubscribe;
    private final Deque<Told> remembered = new ArrayDeque<>();
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

    Events(ManagerLoop loop, Admission admission) {
        this.admission = admission;
        this.unsubscribe = loop.subscribe(this::committed);
    }

    List<Route> routes() {
        return List.of(Route.get("/events", UserRole.VIEWER, this::stream));
    }

    private void committed(Committed committed) {
        var events = of(committed);
        if (events.isEmpty()) return;
        synchronized (remembered) {
            for (EventView view : events) {
                var event = new Told(view, namespaces(committed, view));
                remembered.addLast(event);
                if (remembered.size() > REMEMBERED) remembered.removeFirst();
                watchers.forEach(watcher -> watcher.tell(event));
            }
        }
    }

    private void stream(Exchange exchange) throws IOException, InterruptedException {
        var filters = Filters.parse(exchange.query("filters"), FILTERS);
        Optional<Instant> since = time(exchange, "since");
        Optional<Instant> until = time(exchange, "until");
        try (var _ = admission.stream(exchange)) {
            stream(exchange, filters, since, until);
        }
    }

    private void stream(Exchange exchange, Filters filters, Optional<Instant> since, Optional<Instant> until)
            throws IOException, InterruptedException {
        var watcher = new Watcher();
        var context = exchange.context();
        var out = context.res().getOutputStream();
        List<Told> past;
        synchronized (remembered) {
            past = since.isPresent() ? List.copyOf(remembered) : List.of();
            watchers.add(watcher);
        }
        try {
            watcher.drop = Peer.stream(exchange, Streams.Right.ALWAYS, "application/json", watcher::end);
            var spaces = exchange.spaces();
            Predicate<Told> wanted = event -> event.isFor(spaces) && passes(event.event(), filters);
            for (Told event : past)
                if (!at(event.event()).isBefore(since.get()) && until.filter(at(event.event())::isAfter).isEmpty() && wanted.test(event)) out.write(line(event.event()));
            out.flush();
            while (true) {
                var next = until.isPresent()
                        ? watcher.queue.poll(Math.max(0, Duration.between(Instant.now(), until.get()).toMillis()), TimeUnit.MILLISECONDS)
                        : watcher.queue.take();
                if (next == null || next.isEmpty()) return;
                if (!wanted.test(next.get())) continue;
                out.write(line(next.get().event()));
                out.flush();
            }
        } catch (IOException e) {
            return;
        } finally {
            watchers.remove(watcher);
        }
    }

    private static Instant at(EventView event) {
        return Instant.ofEpochSecond(0, event.timeNano());
    }

    private static byte[] line(EventView event) throws JsonProcessingException {
        return (Json.lenient().writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** A time in seconds since 1970, with a fraction or without. */
    static Optional<Instant> time(Exchange exchange, String name) {
        return time(name, exchange.query(name));
    }

    /** The same of a text, which goes by a name in what is said of it. */
    static Optional<Instant> time(String name, String said) {
        if (said.isEmpty() || said.equals("0")) return Optional.empty();
        if (said.matches("[0-9]{1,11}(\\.[0-9]{1,9})?")) {
            var nanos = new BigDecimal(said).movePointRight(9).toBigInteger();
            var parts = nanos.divideAndRemainder(BigInteger.valueOf(1_000_000_000));
            return Optional.of(Instant.ofEpochSecond(parts[0].longValue(), parts[1].longValue()));
        }
        try {
            return Optional.of(OffsetDateTime.parse(said).toInstant());
        } catch (DateTimeException e) {
            throw new ApiException(400, name + ": \"" + said + "\" is not allowed; it is seconds since 1970, or a time such as 2026-01-31T12:00:00Z");
        }
    }

    private static boolean passes(EventView event, Filters filters) {
        return filters.exact("type", event.type())
                && filters.exact("event", event.action())
                && filters.exact("scope", event.scope())
                && FILTERS.stream().filter(key -> !Set.of("type", "event", "scope", "label").contains(key))
                        .allMatch(kind -> filters.of(kind).isEmpty() || kind.equals(event.type())
                                && filters.any(kind, name -> event.actor().id().startsWith(name) || name.equals(event.actor().attributes().get("name"))))
                && filters.labels("label", event.actor().attributes());
    }

    /** The namespaces of what an event is about, before and after; nodes are everybody's. */
    private static Optional<List<String>> namespaces(Committed committed, EventView event) {
        var id = event.actor().id();
        if (event.type().equals("node")) return Optional.empty();
        return Optional.of(Stream.of(committed.before(), committed.after()).flatMap(state -> switch (event.type()) {
            case "service" -> state.service(new ServiceId(id)).map(service -> service.spec().labels()).stream();
            case "network" -> state.network(new NetworkId(id)).map(network -> network.spec().labels()).stream();
            default -> state.blob(new BlobId(id)).map(blob -> blob.spec().labels()).stream();
        }).map(StackLabels::stack).toList());
    }

    /** The events a transaction is. */
    static List<EventView> of(Committed committed) {
        var events = new ArrayList<EventView>();
        for (Change change : committed.transaction().changes()) {
            switch (change) {
                case Change.ServicePut(var service) ->
                    service(committed.before().service(service.id()), service).ifPresent(said ->
                            events.add(event(committed.transaction().at(), "service", said.action(), service.id().value(), said.attributes())));
                case Change.NodePut(var node) -> node(committed.before().node(node.id()), node).ifPresent(said ->
                        events.add(event(committed.transaction().at(), "node", said.action(), node.id().value(), said.attributes())));
                case Change.NodeRemoved(var id) -> committed.before().node(id).ifPresent(node ->
                        events.add(event(committed.transaction().at(), "node", "remove", id.value(),
                                new TreeMap<>(Map.of("name", node.description().hostname())))));
                case Change.ClusterEnded(_) -> committed.before().services().values().stream().filter(service -> !service.removed())
                        .forEach(service -> events.add(event(committed.transaction().at(), "service", "remove", service.id().value(),
                                new TreeMap<>(Map.of("name", service.name())))));
                // A service without tasks is forgotten in the very transaction that removes it.
                case Change.ServiceRemoved(var id) -> committed.before().service(id).filter(service -> !service.removed())
                        .ifPresent(service -> events.add(event(committed.transaction().at(), "service", "remove", id.value(),
                                new TreeMap<>(Map.of("name", service.name())))));
                case Change.BlobPut(var blob) -> events.add(blob(committed.transaction().at(), blob,
                        committed.before().blob(blob.id()).isEmpty() ? "create" : "update"));
                case Change.BlobRemoved(var id) -> committed.before().blob(id)
                        .ifPresent(blob -> events.add(blob(committed.transaction().at(), blob, "remove")));
                case Change.NetworkPut(var network) -> network(committed.before().network(network.id()), network).ifPresent(action ->
                        events.add(event(committed.transaction().at(), "network", action, network.id().value(), named(network))));
                // A network without tasks is forgotten in the very transaction that removes it.
                case Change.NetworkRemoved(var id) -> committed.before().network(id).filter(network -> !network.removed())
                        .ifPresent(network -> events.add(event(committed.transaction().at(), "network", "remove", id.value(), named(network))));
                case Change.UserPut(_), Change.UserRemoved(_), Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _), Change.AddressesPut(_), Change.EndpointPut(_), Change.HostAddressesPut(_), Change.PortTroublesPut(_), Change.ClusterPut(_), Change.AuthorityPut(_), Change.MovesAsked(_, _), Change.MovesEnded(_), Change.TaskPut(_), Change.TaskRemoved(_), Change.LoginPut(_, _), Change.NodeHeard(_, _),
                        Change.NodeBalanced(_, _), Change.NodeFenced(_, _) -> {}
            }
        }
        return events;
    }

    private record Said(String action, TreeMap<String, String> attributes) {}

    private static Optional<Said> service(Optional<Service> before, Service after) {
        var attributes = new TreeMap<>(Map.of("name", after.name()));
        if (before.isEmpty()) return Optional.of(new Said("create", attributes));
        var old = before.get();
        if (old.removed()) return Optional.empty();
        if (after.removed()) return Optional.of(new Said("remove", attributes));
        moved(attributes, "updatestate", state(old), state(after));
        moved(attributes, "replicas", replicas(old.spec()), replicas(after.spec()));
        moved(attributes, "image", image(old.spec()), image(after.spec()));
        return attributes.size() > 1 || !old.spec().equals(after.spec()) ? Optional.of(new Said("update", attributes)) : Optional.empty();
    }

    private static Optional<String> network(Optional<Network> before, Network after) {
        if (before.isEmpty()) return Optional.of("create");
        return after.removed() && !before.get().removed() ? Optional.of("remove") : Optional.empty();
    }

    private static TreeMap<String, String> named(Network network) {
        return new TreeMap<>(Map.of("name", network.name(), "type", "overlay"));
    }

    private static Optional<Said> node(Optional<Node> before, Node after) {
        var attributes = new TreeMap<>(Map.of("name", after.description().hostname()));
        if (before.isEmpty()) return Optional.of(new Said("create", attributes));
        var old = before.get();
        moved(attributes, "state", Views.state(old), Views.state(after));
        moved(attributes, "availability", word(old.availability()), word(after.availability()));
        moved(attributes, "role", word(old.role()), word(after.role()));
        return attributes.size() > 1 || !old.labels().equals(after.labels()) || !old.name().equals(after.name())
                ? Optional.of(new Said("update", attributes))
                : Optional.empty();
    }

    private static void moved(TreeMap<String, String> attributes, String what, String old, String now) {
        if (old.equals(now)) return;
        if (!old.isEmpty()) attributes.put(what + ".old", old);
        if (!now.isEmpty()) attributes.put(what + ".new", now);
    }

    private static String state(Service service) {
        return service.update().map(UpdateStatus::state).map(Events::word).orElse("");
    }

    private static String replicas(ServiceSpec spec) {
        return spec.mode().replicated().isPresent() ? Integer.toString(spec.replicas()) : "";
    }

    private static String image(ServiceSpec spec) {
        return spec.taskTemplate().containerSpec().image();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static EventView blob(Instant at, Blob blob, String action) {
        return event(at, blob.kind().word(), action, blob.id().value(), new TreeMap<>(Map.of("name", blob.name())));
    }

    private static EventView event(Instant at, String type, String action, String id, TreeMap<String, String> attributes) {
        return new EventView(type, action, new EventView.Actor(id, attributes), "swarm", at.getEpochSecond(),
                at.getEpochSecond() * 1_000_000_000L + at.getNano());
    }

    /** Ends all streams. */
    @Override
    public void close() {
        unsubscribe.run();
        watchers.forEach(Watcher::end);
    }
}
