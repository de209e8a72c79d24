package io.cardume.manager.http;

import io.cardume.api.ServiceId;
import io.cardume.api.UserName;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.User;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.ManagerLoop;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Streams that users have open. They end when their user is removed or changed in any way, for what it may do now the next request finds; and when what
 * they are of goes to another namespace, or is not for their user any more.
 */
final class Streams implements AutoCloseable {
    private final ManagerLoop loop;
    private final Map<UserName, Set<Open>> open = new ConcurrentHashMap<>();
    private final Runnable unsubscribe;

    /**
     * What a stream is of, as far as its user's right to it may end.
     *
     * @param service whose tasks they are; empty = it is of no service
     * @param holds whether the user may have it in such a state
     */
    record Right(Optional<ServiceId> service, Predicate<ClusterState> holds) {
        /** To what is everybody's. */
        static final Right ALWAYS = new Right(Optional.empty(), _ -> true);

        /** To what is of a service, while the caller sees it, and something else besides. What was removed goes on to its end. */
        static Right to(ServiceId service, Caller caller, Predicate<ClusterState> more) {
            return new Right(Optional.of(service), state -> state.service(service).map(caller.spaces()::sees).orElse(true) && more.test(state));
        }

        private boolean isAbout(Change change) {
            return switch (change) {
                case Change.ServicePut(var put) -> service.filter(put.id()::equals).isPresent();
                // What deployers may do is said by its labels.
                case Change.ClusterPut(_) -> service.isPresent();
                default -> false;
            };
        }
    }

    private record Open(Right right, Runnable end) {}

    Streams(ManagerLoop loop) {
        this.loop = loop;
        this.unsubscribe = loop.subscribe(this::committed);
    }

    /**
     * A stream of a caller.
     *
     * @param right to what
     * @param end ends it at once, from any thread
     * @return says that it has ended by itself
     */
    Runnable add(Caller caller, Right right, Runnable end) {
        if (caller.user().isEmpty()) return () -> {};
        User user = caller.user().get();
        var stream = new Open(right, end);
        open.compute(user.name(), (_, all) -> {
            var more = all == null ? ConcurrentHashMap.<Open>newKeySet() : all;
            more.add(stream);
            return more;
        });
        // Both may have been changed between the request's proof and now.
        var now = loop.published();
        if (!now.user(user.name()).equals(caller.user()) || !right.holds().test(now)) end.run();
        return () -> open.computeIfPresent(user.name(), (_, all) -> {
            all.remove(stream);
            return all.isEmpty() ? null : all;
        });
    }

    private void committed(Committed committed) {
        if (open.isEmpty()) return;
        for (Change change : committed.transaction().changes())
            switch (change) {
                case Change.UserPut(var user) -> end(user.name());
                case Change.UserRemoved(var name) -> end(name);
                case Change.ClusterEnded(_) -> Set.copyOf(open.keySet()).forEach(this::end);
                case Change.ServicePut _, Change.ClusterPut _ -> endWithoutRight(change, committed.after());
                default -> {}
            }
    }

    private void end(UserName name) {
        var all = open.get(name);
        if (all != null) end("end of the streams of " + name, List.copyOf(all));
    }

    private void endWithoutRight(Change change, ClusterState now) {
        var all = open.values().stream().flatMap(Set::stream)
                .filter(stream -> stream.right.isAbout(change) && !stream.right.holds().test(now)).toList();
        if (!all.isEmpty()) end("end of streams", all);
    }

    /** Not on the loop's own thread: a connection may take its time to close. */
    private static void end(String name, List<Open> all) {
        Thread.ofVirtual().name(name).start(() -> all.forEach(stream -> stream.end.run()));
    }

    @Override
    public void close() {
        unsubscribe.run();
    }
}
