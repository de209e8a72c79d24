package io.cardume.agent.net;

import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which other hosts answer over a network that spans the hosts. Each is asked now and then, one after the other over the round, for a
 * connection to a port where nobody listens: the refusal is the answer, and comes from the other kernel itself.
 */
public final class Reach implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reach.class);
    /** Nobody has listened there for decades (discard). */
    private static final int NOBODY = 9;
    private static final Duration ROUND = Duration.ofSeconds(8);
    private static final Duration ANSWER = Duration.ofSeconds(1);
    /** One lost packet is no news. */
    private static final int FAILURES = 2;

    /**
     * Whom to ask.
     *
     * @param own the address to ask from
     * @param others the other nodes' addresses
     */
    public record Hosts(Ipv4 own, NavigableMap<NodeId, Ipv4> others) {
        public Hosts {
            others = Collections.unmodifiableNavigableMap(new TreeMap<>(others));
        }
    }

    private final Predicate<SortedSet<NodeId>> heard;
    private final int port;
    private final Duration round;
    private final Map<NodeId, Integer> failures = new ConcurrentHashMap<>();
    private final Thread thread = Thread.ofVirtual().name("reach").unstarted(this::run);
    private volatile Optional<Hosts> hosts = Optional.empty();
    private boolean started;
    private boolean saidAny;

    /**
     * @param heard is told after each round who does not answer, and says whether that is on its way; not if all have answered and that
     *     has been said
     */
    public Reach(Predicate<SortedSet<NodeId>> heard) {
        this(heard, NOBODY, ROUND);
    }

    Reach(Predicate<SortedSet<NodeId>> heard, int port, Duration round) {
        this.heard = heard;
        this.port = port;
        this.round = round;
    }

    /** Asks these from now on; empty = this host is on no such network. */
    public synchronized void hosts(Optional<Hosts> now) {
        hosts = now;
        if (!started && now.isPresent()) {
            started = true;
            thread.start();
        }
    }

    private void run() {
        try {
            Optional<NodeId> last = Optional.empty();
            for (int asked = 0; !Thread.currentThread().isInterrupted(); asked++) {
                // Taken anew for each: hosts that come and go all the while neither begin a round again nor keep its end from being said.
                var now = hosts;
                var others = now.map(Hosts::others).orElse(Collections.emptyNavigableMap());
                if (asked >= others.size()) {
                    say(others.keySet());
                    asked = 0;
                }
                var next = last.map(others::higherEntry).or(() -> Optional.ofNullable(others.firstEntry()));
                if (next.isPresent()) ask(now.orElseThrow().own(), next.get());
                last = next.map(Map.Entry::getKey);
                TimeUnit.NANOSECONDS.sleep(round.dividedBy(Math.max(1, others.size())).toNanos());
            }
        } catch (InterruptedException e) {
            LOG.debug("other hosts are asked no more");
        }
    }

    private void ask(Ipv4 own, Map.Entry<NodeId, Ipv4> other) {
        Thread.ofVirtual().name("reach-" + other.getKey()).start(() -> {
            if (answers(own, other.getValue())) failures.remove(other.getKey());
            else failures.merge(other.getKey(), 1, Integer::sum);
        });
    }

    private void say(Set<NodeId> known) {
        failures.keySet().retainAll(known);
        var unreached = new TreeSet<NodeId>();
        new HashMap<>(failures).forEach((node, count) -> {
            if (count >= FAILURES) unreached.add(node);
        });
        if (unreached.isEmpty() && !saidAny) return;
        boolean onItsWay = heard.test(unreached);
        saidAny = !unreached.isEmpty() || !onItsWay;
    }

    private boolean answers(Ipv4 own, Ipv4 other) {
        try (var socket = new Socket()) {
            socket.bind(new InetSocketAddress(own.toString(), 0));
            socket.connect(new InetSocketAddress(other.toString(), port), Math.toIntExact(ANSWER.toMillis()));
            return true;
        } catch (NoRouteToHostException e) {
            return false;
        } catch (ConnectException e) {
            // Refused: somebody is there to do so.
            return e.getMessage() != null && e.getMessage().contains("refused");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
