package io.cardume.manager.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import io.cardume.api.ClusterId;
import io.cardume.api.EngineTrouble;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.NodeCertificate;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.gate.Memory;
import io.cardume.manager.gate.Origin;
import io.cardume.manager.gate.Pace;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.GiveCertificate;
import io.cardume.manager.loop.HearBalanced;
import io.cardume.manager.loop.HearEngine;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.HearTrust;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.Proof;
import io.cardume.manager.loop.Refusal;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import io.cardume.manager.trust.Vault;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of one agent. All that is sent is sent by one virtual thread, which looks at the published state
 * whenever it is woken and tells the agent what is different from what it told before.
 */
final class AgentSession {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSession.class);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(20);
    private static final Duration LOOP_LIMIT = Duration.ofSeconds(10);
    private static final int MESSAGES_WAITING = 1_024;
    private static final int MESSAGES_AT_ONCE = 16;
    /** The statuses of some thousand tasks have a tenth of these values, names and brackets. */
    private static final long MOST_TOKENS = 1_000_000;
    private static final ObjectReader READER = Json.bounded(MOST_TOKENS).readerFor(FromAgent.class);
    private static final int LONGEST_SHOWN = 500;
    private static final int KEY_BITS = 256;
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int MOST_ROOTS = 4;
    private static final Duration RENEW_AGAIN = Duration.ofSeconds(1);
    /** An agent that should renew, or believes other roots than it should, is told again so often. */
    private static final Duration REMIND = Duration.ofSeconds(10);
    private static final Duration ROOM_AGAIN = Duration.ofMillis(5);
    /** Where nothing says that a node's tasks are touched they are looked at this often: all of them are put together anew for that. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
    /** With more tasks in the cluster than these they are looked at as much less often, so that it costs no more in all. */
    private static final int LOOKED_AT = 10_000;

    private final AgentServer server;
    private final ManagerLoop loop;
    private final Vault vault;
    private final CertificateAuthority authority;
    private final ClusterTls tls;
    private final Optional<X509Certificate> shown;
    /** The node's certificate that it goes on with, as far as it has said so; empty for who joins with a token. */
    private volatile Optional<ClusterTls.Known> certificate = Optional.empty();
    /** The one it was given last. */
    private volatile Optional<Given> given = Optional.empty();
    private volatile long givenNanos;
    /** The roots it believes, as it says; empty until it has. */
    private volatile Optional<SortedSet<RootDigest>> heardRoots = Optional.empty();
    /** Set when it goes on with another certificate than before. */
    private volatile boolean another;
    private final Session socket;
    private final Duration heartbeat;
    private final Runnable welcomed;
    private final Pace pace = new Pace(Limits.MESSAGES_PER_SECOND, Limits.MESSAGES_AT_ONCE);
    private final Underway underway;
    /** What the agent last said of its engine; empty = nothing yet. */
    private Optional<Optional<EngineTrouble>> trouble = Optional.empty();
    private final Semaphore awake = new Semaphore(0);
    private final BlockingQueue<ToAgent> messages = new ArrayBlockingQueue<>(MESSAGES_WAITING);
    private final CompletableFuture<FromAgent.Hello> hello = new CompletableFuture<>();
    private final OpenReadings readings;
    private volatile Optional<NodeId> node = Optional.empty();
    private volatile boolean ended;
    private volatile boolean resync;
    private volatile SortedSet<NodeId> unreached = Collections.emptySortedSet();
    /** The version that was looked at last for something to tell. */
    private long looked;
    /** The version that was looked at last for tasks to tell of. */
    private long lookedForTasks;
    private long lookedForTasksNanos;
    private final TouchedTasks touched = new TouchedTasks();
    private SortedSet<RootDigest> toldRoots = Collections.emptySortedSet();
    private Optional<RootDigest> toldIssuer = Optional.empty();
    private boolean toldDue;
    private long toldTrustNanos;
    private Assignments told = Assignments.nothing();
    private NodeTables toldTables = NodeTables.nothing();
    private Certificates toldCertificates = Certificates.nothing();
    private long toldVersion;
    private long toldNanos;
    private Logins toldLogins = Logins.nothing();

    /** A certificate, the key it was asked for with, and the message it is sent in. */
    record Given(ClusterTls.Known known, PublicKey key, ToAgent.Issued message) {}

    /** @param welcomed called when the agent has shown itself to be one of the cluster */
    AgentSession(
            AgentServer server, ManagerLoop loop, Vault vault, CertificateAuthority authority, ClusterTls tls, Optional<X509Certificate> shown, Session socket, Duration heartbeat, Memory memory, Runnable welcomed) {
        this.server = server;
        this.loop = loop;
        this.vault = vault;
        this.authority = authority;
        this.tls = tls;
        this.shown = shown;
        this.socket = socket;
        this.heartbeat = heartbeat;
        this.welcomed = welcomed;
        this.underway = new Underway(loop, heartbeat, () -> ended);
        this.readings = new OpenReadings(memory, this::send, this::sendPatiently, () -> ended);
    }

    void start() {
        Thread.ofVirtual().name("agent-session").start(this::run);
    }

    /** The node, once it has joined. */
    Optional<NodeId> node() {
        return node;
    }

    /** Something may have changed for this node. */
    void wake() {
        if (awake.availablePermits() == 0) awake.release();
    }

    /** Where it is noted which of its node's tasks may be otherwise than it told. */
    TouchedTasks touched() {
        return touched;
    }

    /** Ends the connection. */
    void end() {
        ended = true;
        wake();
    }

    /** The socket is closed. */
    void closed() {
        end();
        hello.completeExceptionally(new IOException("the connection was closed"));
        readings.lost();
    }

    /** A message of an agent. */
    static FromAgent read(String text) throws JsonProcessingException {
        return READER.readValue(text);
    }

    /** The agent said something. Whoever says more than it should is listened to slowly. */
    void heard(String text) {
        try {
            FromAgent message = read(text);
            if (!readings.take(message)) pace.await(text.length());
            switch (message) {
                case FromAgent.Hello said -> hello.complete(said);
                case FromAgent.Heartbeat said -> {
                    hear(said.trouble());
                    report(List.of());
                }
                case FromAgent.Statuses said -> report(said.reports());
                case FromAgent.Balanced(var version, var troubles) ->
                    submit(id -> new HearBalanced(id, version, troubles));
                case FromAgent.Unreached(var nodes) -> node.filter(_ -> !ended).ifPresent(id -> hearUnreached(id, nodes));
                case FromAgent.Resync _ -> {
                    resync = true;
                    wake();
                }
                case FromAgent.Renew(var key) -> renew(publicKey(key));
                case FromAgent.Trusts said -> trusts(said);
                case FromAgent.LogData _, FromAgent.OfStream _ -> {}
                case FromAgent.LogEnd end -> readings.ended(end);
                case FromAgent.WantImage(var image) -> node.filter(_ -> !ended).ifPresent(id -> server.images().wanted(id, image));
            }
        } catch (JsonProcessingException | RuntimeException e) {
            LOG.warn("agent {} said what cannot be understood, the connection is closed: {}", node, plain(e.getMessage()));
            end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end();
        }
    }

    private void hearUnreached(NodeId id, List<NodeId> others) {
        var now = new TreeSet<>(others);
        now.retainAll(loop.published().nodes().keySet());
        if (now.equals(unreached)) return;
        unreached = Collections.unmodifiableSortedSet(now);
        LOG.warn("over the networks between hosts node {} {}", id, now.isEmpty() ? "reaches all others again" : "does not reach " + now);
    }

    /** Whom the agent does not reach over the networks between hosts, as it said last on this connection. */
    SortedSet<NodeId> unreached() {
        return unreached;
    }

    /** What strangers say, fit for a log that is read on a terminal. */
    static String plain(String said) {
        var words = String.valueOf(said).replaceAll("\\p{Cc}", " ");
        return words.length() > LONGEST_SHOWN ? words.substring(0, LONGEST_SHOWN) + "…" : words;
    }

    /**
     * Gives the node another certificate: of itself, whatever it says. Who asks again with the same key, because an answer is slow or
     * lost, gets the same one: of two it would keep one and the manager know the other.
     */
    private void renew(PublicKey key) throws InterruptedException {
        if (node.isEmpty() || ended) return;
        var issuer = loop.published().authority().orElseThrow().issuer().digest();
        var good = given.filter(last -> last.known.issuer().equals(issuer) && !tls.isDue(last.known));
        if (good.isPresent() && System.nanoTime() - givenNanos < RENEW_AGAIN.toNanos()) return;
        var next = good.filter(last -> last.key.equals(key))
                .orElseGet(() -> issue(new Subject(node.get().value(), Subject.WORKER, certificate.orElseThrow().subject().organization()), key));
        given = Optional.of(next);
        givenNanos = System.nanoTime();
        submit(id -> new GiveCertificate(id, next.known.digest()), () -> send(next.message));
    }

    /** For a certificate that has ended; whoever comes again with it and the same key gets the same one. */
    private Given late(NodeId id, ClusterId cluster, PublicKey key) {
        var issuer = loop.published().authority().orElseThrow().issuer().digest();
        return server.late(id).filter(last -> last.key.equals(key) && last.known.issuer().equals(issuer) && !tls.isDue(last.known)).orElseGet(() -> {
            var next = issue(new Subject(id.value(), Subject.WORKER, cluster.value()), key);
            server.late(id, next);
            return next;
        });
    }

    private Given issue(Subject subject, PublicKey key) {
        var life = loop.published().authority().orElseThrow().nodeLife();
        var issued = authority.issue(key, subject, life);
        try {
            var known = tls.known(issued.leaf());
            LOG.info("node {} gets a certificate until {}", subject.name(), known.expires());
            return new Given(known, key, new ToAgent.Issued(issued.pem(), Pem.of(authority.roots())));
        } catch (CertificateException e) {
            throw new IllegalStateException("what was issued is not good", e);
        }
    }

    private static PublicKey publicKey(String pem) {
        var key = Pem.publicKey(pem);
        if (!(key instanceof ECPublicKey curve) || curve.getParams().getOrder().bitLength() != KEY_BITS)
            throw new IllegalArgumentException("a certificate is asked for with a key that is not on the curve P-256");
        return key;
    }

    /** What the agent has on its disk; of certificates only the one it came with, or was given here. */
    private void trusts(FromAgent.Trusts said) throws InterruptedException {
        for (var known : List.of(certificate, given.map(Given::known))) {
            if (known.isEmpty() || !known.get().digest().equals(said.certificate()) || said.roots().size() > MOST_ROOTS) continue;
            boolean before = certificate.filter(known.get()::equals).isPresent();
            certificate = known;
            heardRoots = Optional.of(new TreeSet<>(said.roots()));
            submit(id -> new HearTrust(id, new NodeCertificate(known.get().issuer(), known.get().expires(), said.roots(), known.get().digest())));
            if (before) return;
            another = true;
            wake();
            return;
        }
        LOG.warn("agent {} says it has a certificate that it has not shown and was not given", node);
    }

    /** Hands a command to the loop, after those of before, of which only a few may wait. */
    private void submit(Function<NodeId, Command<?>> command) throws InterruptedException {
        submit(command, () -> {});
    }

    /** The same, and does something when it is done; nothing if it was refused. */
    private void submit(Function<NodeId, Command<?>> command, Runnable then) throws InterruptedException {
        var id = node;
        if (id.isPresent() && !ended) underway.say(command.apply(id.get()), then);
    }

    private void hear(Optional<EngineTrouble> said) throws InterruptedException {
        if (trouble.filter(said::equals).isPresent()) return;
        trouble = Optional.of(said);
        submit(id -> new HearEngine(id, said));
    }

    private void report(List<TaskReport> reports) throws InterruptedException {
        submit(id -> new HearNode(id, reports));
    }

    /** What is being read of the agent: logs and streams of errands. */
    OpenReadings readings() {
        return readings;
    }

    /** Says something that may get lost. */
    void tell(ToAgent message) {
        send(message);
    }

    private boolean send(ToAgent message) {
        boolean taken = messages.offer(message);
        wake();
        return taken;
    }

    /** As {@link #send}, but waits for room, and leaves some for those who cannot wait. */
    private boolean sendPatiently(ToAgent message) throws InterruptedException {
        while (!ended) {
            if (messages.remainingCapacity() > MESSAGES_WAITING / 2) return send(message);
            Thread.sleep(ROOM_AGAIN);
        }
        return false;
    }

    private void run() {
        try {
            var joined = join();
            if (joined.isPresent()) converse(joined.get());
        } catch (IOException e) {
            LOG.info("the connection of node {} ended: {}", node.map(NodeId::value).orElse("(unknown)"), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended = true;
            server.left(this);
            readings.lost();
            socket.close(1000, "", Callback.NOOP);
        }
    }

    /** Hears who it is and lets it in, or tells it why not. */
    private Optional<ClusterId> join() throws IOException, InterruptedException {
        Optional<Proof.Shown> proved;
        try {
            proved = shown.isPresent() ? Optional.of(proof(shown.get())) : Optional.empty();
        } catch (CertificateException e) {
            LOG.info("a certificate that is shown at the cluster port is refused: {}", plain(e.getMessage()));
            transmit(new ToAgent.Refused(e.getMessage() + "; if the node was away for that long, or is of another cluster, stop the agent, remove the node "
                    + "(`docker node rm --force` with its id), delete cluster-id, node-id and identity.pem from the agent's data directory, "
                    + "and start it with a valid join token"));
            return Optional.empty();
        }
        var said = await(hello, server.patience().hello(), "no word from the agent");
        var from = socket.getRemoteSocketAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress() : "";
        if (!(proved.isPresent() && proved.get() instanceof Proof.Certified) && isTooOften()) return Optional.empty();
        JoinNode.Joined joined;
        try {
            if (proved.isEmpty() || proved.get() instanceof Proof.Past && !said.key().isEmpty()) publicKey(said.key());
            var proof = proved.isPresent() ? proved.get() : new Proof.Nothing(Optional.of(KeyDigest.of(publicKey(said.key()))));
            joined = loop.submitOfAgent(new JoinNode(said, from, proof), () -> ended).get(LOOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            var why = e.getCause() instanceof Refusal refusal ? refusal.getMessage() : "the manager failed: " + e.getCause();
            LOG.info("agent of {} ({}) is refused: {}", plain(said.description().hostname()), from, plain(why));
            transmit(new ToAgent.Refused(why));
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            transmit(new ToAgent.Refused(e.getMessage() + "; are manager and agent of the same version?"));
            return Optional.empty();
        } catch (TimeoutException e) {
            throw new IOException("the manager is too busy to let the agent in", e);
        }
        return switch (joined) {
            case JoinNode.Joined.Ended(var cluster) -> {
                transmit(new ToAgent.ClusterEnded(cluster));
                yield Optional.empty();
            }
            case JoinNode.Joined.Removed(var why) -> {
                takeBack(loop.published().version());
                transmit(new ToAgent.Refused(why));
                yield Optional.empty();
            }
            case JoinNode.Joined.Admitted(var cluster) -> {
                transmit(issue(new Subject(said.node().value(), Subject.WORKER, cluster.value()), publicKey(said.key())).message);
                yield Optional.empty();
            }
            case JoinNode.Joined.Late(var cluster) -> {
                var next = late(said.node(), cluster, publicKey(said.key()));
                await(loop.submitOfAgent(new GiveCertificate(said.node(), next.known.digest()), () -> ended), LOOP_LIMIT, "the manager does not store what it gives");
                transmit(next.message);
                yield Optional.empty();
            }
            case JoinNode.Joined.Member(var cluster) -> {
                welcomed.run();
                socket.setMaxTextMessageSize(Limits.MESSAGE_BYTES);
                node = Optional.of(said.node());
                server.joined(said.node(), this);
                transmit(new ToAgent.Welcome(cluster, heartbeat));
                yield Optional.of(cluster);
            }
        };
    }

    /** An agent that is told so comes again by itself; one that is refused may end. */
    private boolean isTooOften() {
        var origin = Origin.at(socket.getRemoteSocketAddress());
        var wait = server.join(origin);
        if (wait.isZero()) return false;
        LOG.debug("too many agents of {} want to be let in", origin);
        socket.close(TRY_AGAIN_LATER, "too many agents of " + origin + " want to be let in without a certificate that is good (" + Limits.Name.CLUSTER_JOINS_PER_SECOND.word()
                + ", " + Limits.Name.CLUSTER_JOINS_AT_ONCE.word() + ")", Callback.NOOP);
        return true;
    }

    private Proof.Shown proof(X509Certificate shown) throws CertificateException {
        var known = tls.known(shown);
        certificate = Optional.of(known);
        var subject = known.subject();
        var id = new NodeId(subject.name());
        var cluster = new ClusterId(subject.organization());
        return switch (known.worth()) {
            case GOOD -> new Proof.Certified(id, subject.unit(), cluster, known.issued(), known.expires(), known.issuer(), known.digest(), known.key());
            case ENDED, REPLACED -> new Proof.Past(id, subject.unit(), cluster, known.issued(), known.expires(), known.digest(), known.key(), known.worth() == ClusterTls.Worth.REPLACED);
        };
    }

    private void converse(ClusterId cluster) throws IOException, InterruptedException {
        resync = true;
        while (!ended) {
            // What is published may be newer than the tables, and an agent is told of one state only.
            var tables = server.tables();
            var state = tables.state();
            if (state.endedClusters().contains(cluster)) {
                transmit(new ToAgent.ClusterEnded(cluster));
                return;
            }
            if (state.node(node.get()).isEmpty()) {
                takeBack(state.version());
                transmit(new ToAgent.Refused("node " + node.get() + " was removed from this cluster"));
                return;
            }
            if (tls.isPast(certificate.orElseThrow().expires())) {
                LOG.warn("the certificate of node {} ended and was not renewed; its connection is closed", node.get());
                return;
            }
            boolean all = resync;
            if (all) resync = false;
            // Each version's assignment is told once: all that touches it was noted before the tables could be seen.
            var touchedOnes = touched.take(state.version());
            tellTrust(all);
            // Streams bring many messages between two changes.
            if (all || state.version() != looked || isUnheard(state)) {
                tellTables(tables, all);
                looked = state.version();
            }
            // Most of what happens is about tasks elsewhere. What is thought not to be touched is looked at all the same, less often.
            if (all || touchedOnes.isEmpty() || state.version() != lookedForTasks && isToBeLookedAtAgain(state)) {
                tellTasks(state, Assignments.of(state, node.get()), all);
                lookedForTasks = state.version();
                lookedForTasksNanos = System.nanoTime();
            } else if (!touchedOnes.get().isEmpty()) {
                tellTasks(state, told.after(state, node.get(), touchedOnes.get()), false);
            }
            // Not all that waits at once: streams must not keep assignments back.
            for (int i = 0; i < MESSAGES_AT_ONCE && !messages.isEmpty(); i++) transmit(messages.take());
            if (!messages.isEmpty()) continue;
            if (!awake.tryAcquire(heartbeat.toNanos(), TimeUnit.NANOSECONDS)) ping();
            awake.drainPermits();
        }
    }

    private boolean isToBeLookedAtAgain(ClusterState state) {
        return System.nanoTime() - lookedForTasksNanos >= LOOK_AGAIN.toNanos() * (1 + state.tasks().size() / LOOKED_AT);
    }

    /**
     * The roots, where they are others than it was told; and that it is to ask for another certificate, when this one is of another root
     * or half of its life is over by the manager's clock. What was told may be crossed by an answer to what was told before: it is told
     * again until it has come true.
     */
    private void tellTrust(boolean all) throws IOException, InterruptedException {
        var now = loop.published().authority().orElseThrow();
        var issuer = now.issuer().digest();
        boolean crossed = another;
        another = false;
        var held = certificate.orElseThrow();
        boolean due = !held.issuer().equals(issuer) || tls.isDue(held);
        boolean believesOthers = heardRoots.filter(said -> !said.equals(now.digests())).isPresent();
        boolean news = all || !toldIssuer.equals(Optional.of(issuer)) || !toldRoots.equals(now.digests());
        boolean again = due && !toldDue || (due || believesOthers) && (crossed || System.nanoTime() - toldTrustNanos >= REMIND.toNanos());
        toldDue = due;
        if (!news && !again) return;
        if (news || believesOthers) transmit(new ToAgent.Roots(Pem.of(now.trusted().stream().map(CertificateAuthority::certificate).toList())));
        if (due) transmit(new ToAgent.RenewNow());
        toldRoots = now.digests();
        toldIssuer = Optional.of(issuer);
        toldTrustNanos = System.nanoTime();
    }

    /** What is different from what was told, of networks and services. */
    private void tellTables(Tables tables, boolean all) throws IOException, InterruptedException {
        var state = tables.state();
        var of = NodeTables.of(tables, node.get());
        var networks = all ? of.wholeNetworks() : of.networksSince(toldTables);
        boolean others = !networks.saysNothing();
        if (others) transmit(networks);
        var certificates = of.certificates();
        if (all || certificates != toldCertificates && !certificates.equals(toldCertificates)) transmit(certificates.told());
        toldCertificates = certificates;
        // A task may have come and gone while nobody looked: whoever waits for it to be gone waits for an answer.
        boolean awaited = !state.leaving().isEmpty() && state.leaving().lastKey() > toldVersion || isUnheard(state);
        var balancing = all ? of.wholeBalancing() : of.balancingSince(toldTables);
        if (others || awaited || !balancing.saysNothing()) {
            transmit(balancing);
            toldVersion = state.version();
            toldNanos = System.nanoTime();
        }
        toldTables = of;
    }

    /** What is different from what was told, of the node's tasks. */
    private void tellTasks(ClusterState state, Assignments now, boolean all) throws IOException, InterruptedException {
        var logins = Logins.of(state, node.get());
        if (all || !logins.equals(toldLogins)) {
            transmit(logins.opened(vault));
            toldLogins = logins;
        }
        if (all) {
            told = now;
            deliver(now.deliveries().whole());
            transmit(now.whole());
        } else if (!now.tasks().equals(told.tasks())) {
            // A second difference of one generation would be taken for the first; everything is not.
            if (now.generation() == told.generation()) {
                resync = true;
                wake();
                return;
            }
            deliver(now.deliveries().since(told.deliveries()));
            transmit(now.since(told));
            told = now;
        }
    }

    /** All that a node was told, keys first. */
    private void takeBack(long version) throws IOException, InterruptedException {
        transmit(Certificates.nothing().told());
        transmit(Logins.nothing().opened(vault));
        transmit(ToAgent.Networks.all(List.of()));
        transmit(ToAgent.Balancing.all(version, List.of()));
        transmit(new ToAgent.Assignment(version, Optional.empty(), List.of(), List.of()));
    }

    /** Whether the agent should have said by now that its balancers are as it was told: its word may be lost, or came while the node was taken for down. */
    private boolean isUnheard(ClusterState state) {
        long needed = state.leaving().isEmpty() ? 0 : state.leaving().lastKey();
        return System.nanoTime() - toldNanos >= heartbeat.toNanos() && loop.published().acknowledged(node.get()).filter(said -> said >= needed).isEmpty();
    }

    private void deliver(Iterator<ToAgent.Delivery> deliveries) throws IOException, InterruptedException {
        while (deliveries.hasNext()) transmit(deliveries.next());
    }

    private void transmit(ToAgent message) throws IOException, InterruptedException {
        var sent = new CompletableFuture<Void>();
        socket.sendText(Json.lenient().writerFor(ToAgent.class).writeValueAsString(message),
                Callback.from(() -> sent.complete(null), sent::completeExceptionally));
        await(sent, SEND_LIMIT, "the agent does not read what it is sent");
    }

    private void ping() throws IOException, InterruptedException {
        var sent = new CompletableFuture<Void>();
        socket.sendPing(ByteBuffer.allocate(0), Callback.from(() -> sent.complete(null), sent::completeExceptionally));
        await(sent, SEND_LIMIT, "the agent does not read what it is sent");
    }

    private static <T> T await(CompletableFuture<T> future, Duration limit, String late)
            throws IOException, InterruptedException {
        try {
            return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException(late + " within " + limit.toSeconds() + " s", e);
        } catch (ExecutionException | CompletionException e) {
            throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
        }
    }
}
