package io.cardume.agent.door;

import io.undertow.client.ClientCallback;
import io.undertow.client.ClientConnection;
import io.undertow.client.UndertowClient;
import io.undertow.predicate.IdempotentPredicate;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.handlers.proxy.ProxyCallback;
import io.undertow.server.handlers.proxy.ProxyClient;
import io.undertow.server.handlers.proxy.ProxyConnection;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;

/** Chooses the task for a request and brings a connection to it. */
final class Backends implements ProxyClient {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    private static final Duration CALL = Duration.ofMillis(1_500);
    private static final Duration ILL = Duration.ofSeconds(2);
    private static final Duration SWAP = Duration.ofSeconds(5);
    /** The kernel asks whether the host of a silent task is still there, as it asks clients. */
    private static final OptionMap ALIVE = OptionMap.create(Options.KEEP_ALIVE, true);
    private static final ProxyTarget TARGET = new ProxyTarget() {};

    private record Serving(Map<String, List<Route>> routes, Set<Target> targets, Optional<InetSocketAddress> source) {}

    private final UndertowClient client = UndertowClient.getInstance();
    private final Map<XnioIoThread, Lines> lines = new ConcurrentHashMap<>();
    /** Tasks that could not be called, until when they come last. */
    private final Map<Target, Long> ill = new ConcurrentHashMap<>();
    private volatile Serving serving = new Serving(Map.of(), Set.of(), Optional.empty());

    /** From its return on nothing new is sent to who is not in the table. */
    void tell(DoorTable table) {
        var targets = new HashSet<Target>();
        table.members().forEach(member -> targets.addAll(member.targets()));
        serving = new Serving(table.routes(), targets, table.source().map(address -> new InetSocketAddress(DoorTable.inet(address), 0)));
        ill.keySet().retainAll(targets);
        // A thread that enters itself later looks at the new table; one that chose from the old one is done when it takes this up.
        var known = Map.copyOf(lines);
        var swapped = new CountDownLatch(known.size());
        known.forEach((thread, ofThread) -> thread.execute(() -> {
            ofThread.keepOnly(serving.targets());
            swapped.countDown();
        }));
        try {
            if (!swapped.await(SWAP.toMillis(), TimeUnit.MILLISECONDS)) throw new IllegalStateException("the threads of the HTTP server are stuck");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The route for a request now. */
    Optional<Route> route(String host, String path) {
        return DoorTable.route(serving.routes(), host, path);
    }

    @Override
    public ProxyTarget findTarget(HttpServerExchange exchange) {
        return TARGET;
    }

    @Override
    public void getConnection(
            ProxyTarget target, HttpServerExchange exchange, ProxyCallback<ProxyConnection> callback, long timeout, TimeUnit unit) {
        var thread = exchange.getIoThread();
        var own = lines.computeIfAbsent(thread, Lines::new);
        var passage = Passage.of(exchange).orElseThrow();
        var pick = pick(exchange, passage);
        passage.connection = Optional.empty();
        if (pick.isEmpty()) {
            callback.couldNotResolveBackend(exchange);
            return;
        }
        passage.pick = pick;
        var chosen = pick.get().target();
        passage.tried.add(chosen);
        boolean again = exchange.isRequestComplete() && IdempotentPredicate.INSTANCE.resolve(exchange);
        var there = own.take(chosen, again);
        if (there.isPresent()) ready(exchange, passage, own, there.get(), callback);
        else call(exchange, passage, own, callback);
    }

    private Optional<Route.Pick> pick(HttpServerExchange exchange, Passage passage) {
        var route = route(passage.host, passage.path);
        if (route.isEmpty()) return Optional.empty();
        return route.get().stuck(name -> Optional.ofNullable(exchange.getRequestCookie(name)).map(Cookie::getValue))
                .filter(pick -> !passage.tried.contains(pick.target()))
                .or(() -> route.get().balance().next(passage.tried, this::isIll));
    }

    private boolean isIll(Target target) {
        var until = ill.get(target);
        return until != null && System.nanoTime() - until < 0;
    }

    private void call(HttpServerExchange exchange, Passage passage, Lines own, ProxyCallback<ProxyConnection> callback) {
        var target = passage.pick.orElseThrow().target();
        var call = new Call(exchange, passage, own, callback, target);
        call.limit = exchange.getIoThread().executeAfter(call::timeUp, CALL.toMillis(), TimeUnit.MILLISECONDS);
        client.connect(call, serving.source().orElse(null), uri(target.address()), exchange.getIoThread(),
                exchange.getConnection().getByteBufferPool(), ALIVE);
    }

    private static URI uri(InetSocketAddress address) {
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort());
    }

    /** A connection that is being made. */
    private final class Call implements ClientCallback<ClientConnection> {
        private final HttpServerExchange exchange;
        private final Passage passage;
        private final Lines own;
        private final ProxyCallback<ProxyConnection> callback;
        private final Target target;
        private XnioExecutor.Key limit;
        private boolean over;

        private Call(HttpServerExchange exchange, Passage passage, Lines own, ProxyCallback<ProxyConnection> callback, Target target) {
            this.exchange = exchange;
            this.passage = passage;
            this.own = own;
            this.callback = callback;
            this.target = target;
        }

        @Override
        public void completed(ClientConnection connection) {
            if (over) {
                IoUtils.safeClose(connection);
                return;
            }
            end();
            // It was taken out while it was called: it gets nothing any more.
            if (!serving.targets().contains(target)) {
                IoUtils.safeClose(connection);
                getConnection(TARGET, exchange, callback, -1, TimeUnit.MILLISECONDS);
                return;
            }
            connection.addCloseListener(closed -> own.closed(target, closed));
            ready(exchange, passage, own, connection, callback);
        }

        @Override
        public void failed(IOException e) {
            if (over) return;
            end();
            LOG.debug("{} of task {} cannot be called: {}", target.address(), target.task(), e.getMessage());
            fail();
        }

        private void timeUp() {
            if (over) return;
            over = true;
            LOG.debug("{} of task {} does not answer a call", target.address(), target.task());
            fail();
        }

        private void fail() {
            ill.put(target, System.nanoTime() + ILL.toNanos());
            callback.failed(exchange);
        }

        private void end() {
            over = true;
            limit.remove();
        }
    }

    private void ready(
            HttpServerExchange exchange, Passage passage, Lines own, ClientConnection connection, ProxyCallback<ProxyConnection> callback) {
        var pick = passage.pick.orElseThrow();
        var deadline = new Deadline(exchange, passage, connection, pick.member().labels().timeout());
        passage.connection = Optional.of(connection);
        deadline.begin();
        exchange.addExchangeCompleteListener((done, next) -> {
            deadline.end();
            giveBack(done, own, pick.target(), connection);
            next.proceed();
        });
        callback.completed(exchange, new ProxyConnection(connection, "/"));
    }

    private void giveBack(HttpServerExchange exchange, Lines own, Target target, ClientConnection connection) {
        if (!connection.isOpen() || connection.isUpgraded()) return;
        // A half-read answer must not become the beginning of the next one.
        boolean clean = exchange.isRequestComplete() && exchange.isResponseComplete() && exchange.getConnection().isOpen();
        if (!clean || Thread.currentThread() != connection.getIoThread() || !serving.targets().contains(target)) IoUtils.safeClose(connection);
        else own.give(target, connection);
    }

    /** The time that a task has to begin its answer once it has the whole request. */
    private static final class Deadline {
        private final HttpServerExchange exchange;
        private final Passage passage;
        private final ClientConnection connection;
        private final Duration limit;
        private Optional<XnioExecutor.Key> key = Optional.empty();

        private Deadline(HttpServerExchange exchange, Passage passage, ClientConnection connection, Duration limit) {
            this.exchange = exchange;
            this.passage = passage;
            this.connection = connection;
            this.limit = limit;
        }

        void begin() {
            if (!limit.isZero()) key = Optional.of(exchange.getIoThread().executeAfter(this::look, limit.toMillis(), TimeUnit.MILLISECONDS));
        }

        private void look() {
            if (exchange.isResponseStarted() || exchange.isComplete()) return;
            if (passage.connection.filter(current -> current == connection).isEmpty()) return;
            if (!exchange.isRequestComplete()) {
                begin();
                return;
            }
            passage.late = true;
            // The proxy closes the client's connection when it hears that the other one is: it takes no further request.
            exchange.setPersistent(false);
            exchange.setStatusCode(StatusCodes.GATEWAY_TIME_OUT);
            exchange.endExchange();
            IoUtils.safeClose(connection);
        }

        void end() {
            key.ifPresent(XnioExecutor.Key::remove);
        }
    }
}
