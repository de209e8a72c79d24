package io.cardume.agent.door;

import io.undertow.client.ClientConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;

/** The open connections to tasks that no request is on, of one thread and known to it alone. */
final class Lines {
    private static final int MOST_IDLE = 64;
    private static final Duration LONGEST_IDLE = Duration.ofSeconds(30);
    /**
     * Servers close connections that were idle for some seconds, sometimes at the very moment a request comes. One that
     * cannot be sent a second time goes over a connection that was used just now, or a new one.
     */
    private static final Duration CERTAIN = Duration.ofMillis(500);

    private record Idle(ClientConnection connection, long sinceNanos) {}

    private final XnioIoThread thread;
    private final Map<Target, Deque<Idle>> idle = new HashMap<>();
    private boolean sweeping;

    Lines(XnioIoThread thread) {
        this.thread = thread;
    }

    /**
     * An open connection to a task.
     *
     * @param again whether the request may be sent again if it turns out to be closed
     */
    Optional<ClientConnection> take(Target target, boolean again) {
        var there = idle.get(target);
        if (there == null) return Optional.empty();
        long oldest = System.nanoTime() - (again ? LONGEST_IDLE : CERTAIN).toNanos();
        while (!there.isEmpty()) {
            if (there.peekLast().sinceNanos() < oldest) return Optional.empty();
            var last = there.pollLast();
            if (last.connection().isOpen()) return Optional.of(last.connection());
        }
        return Optional.empty();
    }

    void give(Target target, ClientConnection connection) {
        var there = idle.computeIfAbsent(target, _ -> new ArrayDeque<>());
        there.addLast(new Idle(connection, System.nanoTime()));
        if (there.size() > MOST_IDLE) IoUtils.safeClose(there.pollFirst().connection());
        if (sweeping) return;
        sweeping = true;
        thread.executeAfter(this::sweep, LONGEST_IDLE.toMillis(), TimeUnit.MILLISECONDS);
    }

    void closed(Target target, ClientConnection connection) {
        var there = idle.get(target);
        if (there != null) there.removeIf(one -> one.connection() == connection);
    }

    /** Closes those to all others. */
    void keepOnly(Set<Target> targets) {
        for (Target target : Set.copyOf(idle.keySet()))
            if (!targets.contains(target)) idle.remove(target).forEach(one -> IoUtils.safeClose(one.connection()));
    }

    private void sweep() {
        sweeping = false;
        long oldest = System.nanoTime() - LONGEST_IDLE.toNanos();
        for (Deque<Idle> there : idle.values())
            while (!there.isEmpty() && there.peekFirst().sinceNanos() <= oldest) IoUtils.safeClose(there.pollFirst().connection());
        idle.values().removeIf(Deque::isEmpty);
        if (idle.isEmpty()) return;
        sweeping = true;
        thread.executeAfter(this::sweep, LONGEST_IDLE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
