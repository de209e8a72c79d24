package io.cardume.manager.http;

import io.cardume.api.UserName;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.User;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.ManagerLoop;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Streams that users have open. They end when their user is removed or changed in any way: what it may do now, the next request finds. */
final class Streams implements AutoCloseable {
    private final ManagerLoop loop;
    private final Map<UserName, Set<Runnable>> open = new ConcurrentHashMap<>();
    private final Runnable unsubscribe;

    Streams(ManagerLoop loop) {
        this.loop = loop;
        this.unsubscribe = loop.subscribe(this::committed);
    }

    /**
     * A stream of a caller.
     *
     * @param end ends it at once, from any thread
     * @return says that it has ended by itself
     */
    Runnable add(Caller caller, Runnable end) {
        if (caller.user().isEmpty()) return () -> {};
        User user = caller.user().get();
        open.compute(user.name(), (_, ends) -> {
            var all = ends == null ? ConcurrentHashMap.<Runnable>newKeySet() : ends;
            all.add(end);
            return all;
        });
        // The user may have been changed between the request's proof and now.
        if (!loop.published().user(user.name()).equals(caller.user())) end.run();
        return () -> open.computeIfPresent(user.name(), (_, ends) -> {
            ends.remove(end);
            return ends.isEmpty() ? null : ends;
        });
    }

    private void committed(Committed committed) {
        for (Change change : committed.transaction().changes())
            switch (change) {
                case Change.UserPut(var user) -> end(user.name());
                case Change.UserRemoved(var name) -> end(name);
                case Change.ClusterEnded(_) -> Set.copyOf(open.keySet()).forEach(this::end);
                default -> {}
            }
    }

    /** Not on the loop's own thread: a connection may take its time to close. */
    private void end(UserName name) {
        var ends = open.get(name);
        if (ends != null) Thread.ofVirtual().name("end of the streams of " + name).start(() -> ends.forEach(Runnable::run));
    }

    @Override
    public void close() {
        unsubscribe.run();
    }
}
