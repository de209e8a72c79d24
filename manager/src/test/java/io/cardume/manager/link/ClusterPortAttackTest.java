package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.host;
import static io.cardume.manager.loop.Commands.init;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.ManagerAddress;
import io.cardume.agent.link.ManagerLink;
import io.cardume.agent.trust.Held;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ClusterId;
import io.cardume.api.FileTarget;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.SecretReference;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.Chain;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.NodeCertificate;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.HearTrust;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.LeaveCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveNode;
import io.cardume.manager.loop.UpdateCluster;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.store.MemoryStore;
import io.cardume.manager.trust.CertificateAuthority;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Those who come to the cluster port and are not who they say, or listen in between, over real sockets. */
class ClusterPortAttackTest {
    private static final String PLANTED = "planted-secret-2f6b0c1d9a";
    private final ManagerLoop loop = new ManagerLoop(new Planner(AgentServerTest.LEASES), new MemoryStore(), InstantSource.system(),
            "seed", error -> {
                throw new AssertionError(error);
            });
    private final ClusterPort port = new ClusterPort(loop);
    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
    private AgentServer server;

    @BeforeEach
    void startManager() throws Exception {
        loop.start();
        loop.submit(init().with(port.authority.found())).get(60, TimeUnit.SECONDS);
        server = new AgentServer(loop, port.vault, port.authority, port.tls(), new InetSocketAddress("127.0.0.1", 0), Duration.ofMillis(200), Limits.usual()).openDoor();
        for (String node : List.of("a", "b")) loop.submit(new JoinNode(hello(node), "")).get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void stopManager() throws Exception {
        for (AutoCloseable what : open.reversed()) what.close();
        server.close();
        loop.close();
        port.close();
    }

    @Test
    void whoShowsNoCertificateCannotBeANode() throws Exception {
        var cluster = Optional.of(loop.published().cluster().get().id());
        assertThat(refusal(Optional.empty(), new FromAgent.Hello("", new NodeId("a"), cluster, host("a"), "", ClusterPort.KEY)))
                .contains("join token is not valid");
        assertThat(server.isConnected(new NodeId("a"))).isFalse();
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
        var other = new CertificateAuthority(() -> Optional.of(port.authority.found()), port.vault, InstantSource.system());
        var shown = ClusterPort.certificate(other, new Subject("a", Subject.WORKER, port.cluster()));
        assertThat(refusal(Optional.of(shown), says("a"))).contains("comes from none of the roots");
    }

    @Test
    void aCertificateThatHasEndedIsRefused() throws Exception {
        assertThat(refusal(Optional.of(ended("a")), says("a"))).contains("the certificate ended at").contains("join token");
    }

    @Test
    void aCertificateForSomethingElseIsRefused() throws Exception {
        for (String unit : List.of(Subject.MANAGER, "cardume-user")) {
            var shown = ClusterPort.certificate(port.authority, new Subject("a", unit, port.cluster()));
            assertThat(refusal(Optional.of(shown), says("a"))).contains("is one for " + unit);
        }
        var elsewhere = ClusterPort.certificate(port.authority, new Subject("a", Subject.WORKER, "another"));
        assertThat(refusal(Optional.of(elsewhere), says("a"))).contains("of cluster another");
    }

    @Test
    void aNodeCannotBeAnother() throws Exception {
        assertThat(refusal(Optional.of(port.certificate(new NodeId("a"))), says("b"))).contains("its certificate is node a's");
    }

    @Test
    void aNodeThatWasRemovedDoesNotComeBack() throws Exception {
        var shown = port.certificate(new NodeId("a"));
        var agent = connect(Optional.of(shown), says("a"));
        agent.next(ToAgent.Welcome.class);
        loop.submit(new RemoveNode(new NodeId("a"), true)).get(60, TimeUnit.SECONDS);
        agent.next(ToAgent.Refused.class);
        assertThat(refusal(Optional.of(shown), says("a"))).contains("was removed");
    }

    @Test
    void aTokenThatWasRotatedIsWorthNothing() throws Exception {
        var cluster = loop.published().cluster().get();
        loop.submit(new UpdateCluster(cluster.version(), new TreeMap<>(), 5, Optional.of(port.authority.newToken()), Optional.empty())).get(60, TimeUnit.SECONDS);
        assertThat(refusal(Optional.empty(), joins("c", ClusterPort.KEY)))
                .contains("join token is not valid");
        assertThat(loop.published().node(new NodeId("c"))).isEmpty();
    }

    @Test
    void aTokenDoesNotTakeTheIdOfANodeThatIsThere() throws Exception {
        var agent = connect(Optional.of(port.certificate(new NodeId("a"))), says("a"));
        agent.next(ToAgent.Welcome.class);
        assertThat(refusal(Optional.empty(), joins("a", ClusterPort.KEY)))
                .contains("node a has a certificate");
        assertThat(server.isConnected(new NodeId("a"))).as("and does not disturb it").isTrue();
    }

    @Test
    void aTokenDoesNotTakeTheIdOfANodeBetweenItsCertificateAndItsReturn() throws Exception {
        var keys = CertificateAuthority.newKeys();
        var joining = joins("c", Pem.of(keys.getPublic()));
        connect(Optional.empty(), joining).next(ToAgent.Issued.class);
        assertThat(refusal(Optional.empty(), joins("c", ClusterPort.KEY))).contains("node c has joined with another key");
        assertThat(server.isConnected(new NodeId("c"))).isFalse();
        var again = Pem.certificates(connect(Optional.empty(), joining).next(ToAgent.Issued.class).certificate());
        connect(Optional.of(new ClusterPort.Shown(keys, again)), says("c")).next(ToAgent.Welcome.class);
        assertThat(refusal(Optional.empty(), joins("c", ClusterPort.KEY))).contains("node c has a certificate");
    }

    @Test
    void anAgentSpeaksForItsOwnTasksOnly() throws Exception {
        var task = place("web", "a", List.of());
        var b = connect(Optional.of(port.certificate(new NodeId("b"))), says("b"));
        b.next(ToAgent.Welcome.class);
        var own = place("other", "b", List.of());
        b.send(new FromAgent.Statuses(0, true, List.of(
                new TaskReport(task, TaskStatus.of(Instant.now(), TaskState.FAILED, "it is said to have failed", "")),
                new TaskReport(own, TaskStatus.of(Instant.now(), TaskState.RUNNING, "started", "")))));
        await(() -> loop.published().task(own).get().status().state() == TaskState.RUNNING);
        assertThat(loop.published().task(task).get().status().state()).isEqualTo(TaskState.ASSIGNED);
    }

    @Test
    void aNodeIsNotToldOthersSecrets() throws Exception {
        var secret = secret();
        place("web", "a", List.of(secret));
        var a = connect(Optional.of(port.certificate(new NodeId("a"))), says("a"));
        var b = connect(Optional.of(port.certificate(new NodeId("b"))), says("b"));
        a.next(ToAgent.Delivery.class);
        var own = place("other", "b", List.of());
        await(() -> b.texts.stream().anyMatch(text -> text.contains(own.value())));
        var encoded = Base64.getEncoder().encodeToString(PLANTED.getBytes(StandardCharsets.UTF_8));
        assertThat(a.texts).anyMatch(text -> text.contains(encoded));
        assertThat(b.texts).noneMatch(text -> text.contains(encoded) || text.contains(PLANTED));
    }

    @Test
    void whatIsSaidInPlainTextIsNotAnswered() throws Exception {
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(("GET /agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("HTTP");
        }
    }

    @Test
    void olderTlsIsNotSpoken() throws Exception {
        try (var socket = (SSLSocket) ClusterPort.context(Optional.empty()).getSocketFactory().createSocket("127.0.0.1", server.port())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    /** The one in the middle has a certificate like the manager's, of a root of its own. */
    @Test
    void whoIsInTheMiddleAtTheJoinGetsNothing() throws Exception {
        var own = new CertificateAuthority(() -> Optional.empty(), port.vault, InstantSource.system()).found();
        var mallory = new CertificateAuthority(() -> Optional.of(own), port.vault, InstantSource.system());
        var got = new ByteArrayOutputStream();
        var listening = server(mallory, got);
        var heard = new LinkedBlockingQueue<String>();
        var token = JoinToken.parse(port.authority.newToken());
        link(listening.getLocalPort(), ManagerTls.of(token, Clock.systemUTC()), new FromAgent.Hello(token.text(), new NodeId("c"), Optional.empty(), host("c"), "", ClusterPort.KEY), heard);
        assertThat(heard.poll(60, TimeUnit.SECONDS)).startsWith("refused whoever answers at").contains("no certificate of the root that the join token names");
        assertThat(got.size()).as("nothing was said to it").isZero();
    }

    /** Nor does a node of the cluster pass for its manager. */
    @Test
    void aNodeDoesNotPassForAManager() throws Exception {
        var got = new ByteArrayOutputStream();
        var keys = CertificateAuthority.newKeys();
        var chain = port.authority.issue(keys.getPublic(), new Subject("b", Subject.WORKER, port.cluster()), Duration.ofDays(1)).certificates();
        var listening = server(new ClusterPort.Shown(keys, chain), got);
        var heard = new LinkedBlockingQueue<String>();
        var token = JoinToken.parse(port.authority.newToken());
        link(listening.getLocalPort(), ManagerTls.of(token, Clock.systemUTC()), new FromAgent.Hello(token.text(), new NodeId("c"), Optional.empty(), host("c"), "", ClusterPort.KEY), heard);
        assertThat(heard.poll(60, TimeUnit.SECONDS)).contains("which is no manager");
        assertThat(got.size()).isZero();
    }

    @Test
    void aRecordingOfTheConnectionShowsNoSecret() throws Exception {
        var relay = new Relay(server.port());
        open.add(relay);
        var keys = CertificateAuthority.newKeys();
        var joining = new BareAgent();
        joining.socket = port.dial(relay.port(), Optional.empty(), joining);
        joining.send(joins("c", Pem.of(keys.getPublic())));
        var issued = Pem.certificates(joining.next(ToAgent.Issued.class).certificate());
        var secret = secret();
        place("web", "c", List.of(secret));
        var agent = new BareAgent();
        agent.socket = port.dial(relay.port(), Optional.of(new ClusterPort.Shown(keys, issued)), agent);
        agent.send(says("c"));
        agent.next(ToAgent.Delivery.class);

        var recorded = relay.recorded();
        assertThat(recorded.length()).as("bytes that were recorded").isGreaterThan(3_000);
        for (String word : List.of(Commands.TOKEN, PLANTED, Base64.getEncoder().encodeToString(PLANTED.getBytes(StandardCharsets.UTF_8)), "\"type\"", "websocket",
                "BEGIN CERTIFICATE"))
            assertThat(recorded).doesNotContain(word);
    }

    @Test
    void aNodeRenewsItsCertificateAndGoesOn() throws Exception {
        var agent = connect(Optional.of(port.certificate(new NodeId("a"))), says("a"));
        agent.next(ToAgent.Roots.class);
        var keys = CertificateAuthority.newKeys();
        agent.send(new FromAgent.Renew(Pem.of(keys.getPublic())));
        var given = Pem.certificates(agent.next(ToAgent.Issued.class).certificate());
        assertThat(Subject.of(given.getFirst())).contains(new Subject("a", Subject.WORKER, port.cluster()));
        var digest = RootDigest.of(given.getFirst());
        var root = loop.published().authority().get().root().digest();
        agent.send(new FromAgent.Trusts(digest, List.of(root)));
        await(() -> loop.published().node(new NodeId("a")).get().certificate().filter(held -> held.roots().equals(List.of(root))
                && held.expires().equals(given.getFirst().getNotAfter().toInstant())).isPresent());
        assertThat(agent.closed).isNotDone();
        connect(Optional.of(new ClusterPort.Shown(keys, given)), says("a")).next(ToAgent.Welcome.class);
    }

    @Test
    void theRootIsRotatedUnderARunningConnection() throws Exception {
        var shown = port.certificate(new NodeId("a"));
        loop.submit(new RemoveNode(new NodeId("b"), true)).get(60, TimeUnit.SECONDS);
        var agent = connect(Optional.of(shown), says("a"));
        agent.next(ToAgent.Welcome.class);
        var before = loop.published();
        loop.submit(draft -> {
            draft.put(draft.state().authority().get().rotating(port.authority.next(), 1));
            return null;
        }).get(60, TimeUnit.SECONDS);
        agent.next(ToAgent.RenewNow.class);
        connect(Optional.of(shown), says("a")).next(ToAgent.RenewNow.class);
        agent.closed.get(60, TimeUnit.SECONDS);

        var again = connect(Optional.of(shown), says("a"));
        again.next(ToAgent.RenewNow.class);
        var keys = CertificateAuthority.newKeys();
        again.send(new FromAgent.Renew(Pem.of(keys.getPublic())));
        var issued = again.next(ToAgent.Issued.class);
        var given = Pem.certificates(issued.certificate());
        var roots = Pem.certificates(issued.roots());
        assertThat(roots).hasSize(2);
        again.send(new FromAgent.Trusts(RootDigest.of(given.getFirst()), roots.stream().map(RootDigest::of).toList()));
        await(() -> loop.published().authority().get().next().isEmpty());
        assertThat(JoinToken.parse(loop.published().cluster().get().workerToken()).root()).isEqualTo(RootDigest.of(roots.getLast()));
        assertThat(loop.published().cluster().get().workerToken()).isNotEqualTo(before.cluster().get().workerToken());
        ToAgent.Roots last;
        do last = again.next(ToAgent.Roots.class);
        while (Pem.certificates(last.roots()).size() != 1);
        assertThat(again.closed).isNotDone();
        assertThat(refusal(Optional.of(shown), says("a"))).contains("comes from a root that was replaced");
        var held = new Held(keys.getPrivate(), new Chain(given), List.of(roots.getLast()));
        var heard = new LinkedBlockingQueue<String>();
        link(server.port(), ManagerTls.of(held, Clock.systemUTC()), says("a"), heard);
        assertThat(heard.poll(60, TimeUnit.SECONDS)).as("the manager shows a certificate of the new root").startsWith("joined");
    }

    @Test
    void whoWasAwayWhileItWasRemovedAndTheRootReplacedHearsIt() throws Exception {
        var away = away("a");
        loop.submit(new RemoveNode(new NodeId("a"), true)).get(60, TimeUnit.SECONDS);
        loop.submit(new RemoveNode(new NodeId("b"), true)).get(60, TimeUnit.SECONDS);
        var first = away.roots().getFirst();
        rotate();
        rotate();
        assertThat(port.authority.roots()).doesNotContain(first);
        assertThat(heardBy(away, "a")).startsWith("refused node a was removed");
    }

    @Test
    void whoWasAwayWhileItsClusterEndedAndTheRootWasReplacedHearsIt() throws Exception {
        var away = away("a");
        loop.submit(new LeaveCluster(true)).get(60, TimeUnit.SECONDS);
        loop.submit(init()).get(60, TimeUnit.SECONDS);
        rotate();
        assertThat(heardBy(away, "a")).isEqualTo("told ClusterEnded");
    }

    @Test
    void aCertificateOfAReplacedRootOpensNothing() throws Exception {
        var shown = port.certificate(new NodeId("a"));
        for (String node : List.of("a", "b")) loop.submit(new RemoveNode(new NodeId(node), true)).get(60, TimeUnit.SECONDS);
        rotate();
        var token = loop.published().cluster().get().workerToken();
        var keys = CertificateAuthority.newKeys();
        var issued = connect(Optional.empty(), new FromAgent.Hello(token, new NodeId("a"), Optional.empty(), host("a"), "", Pem.of(keys.getPublic()))).next(ToAgent.Issued.class);
        connect(Optional.of(new ClusterPort.Shown(keys, Pem.certificates(issued.certificate()))), says("a")).next(ToAgent.Welcome.class);
        var agent = connect(Optional.of(shown), asks("a"));
        assertThat(agent.next(ToAgent.Refused.class).message()).containsAnyOf("was removed", "a root that was replaced");
        agent.closed.get(60, TimeUnit.SECONDS);
        assertThat(agent.heard).isEmpty();
        assertThat(server.isConnected(new NodeId("a"))).as("and disturbs nobody").isTrue();
    }

    @Test
    void theLastCertificateOfANodeIsRenewedAfterItsEndAndGoodForNothingElse() throws Exception {
        var shown = ended("a");
        assertThat(refusal(Optional.of(shown), asks("a"))).contains("is not the last one of node a");
        var root = loop.published().authority().get().root().digest();
        loop.submit(new HearTrust(new NodeId("a"), new NodeCertificate(root, Instant.now(), List.of(root), RootDigest.of(shown.chain().getFirst())))).get(60, TimeUnit.SECONDS);

        assertThat(refusal(Optional.of(shown), says("a"))).contains("the certificate ended at").contains("asks for no other");
        var keys = CertificateAuthority.newKeys();
        var asking = new FromAgent.Hello("", new NodeId("a"), Optional.empty(), host("a"), "", Pem.of(keys.getPublic()));
        var first = connect(Optional.of(shown), asking).next(ToAgent.Issued.class);
        var late = connect(Optional.of(shown), asking);
        var again = late.next(ToAgent.Issued.class);
        assertThat(again).as("who comes again with the same key costs no other certificate").isEqualTo(first);
        var given = Pem.certificates(again.certificate());
        late.closed.get(60, TimeUnit.SECONDS);
        assertThat(late.texts).hasSize(1);
        assertThat(loop.published().node(new NodeId("a")).get().certificate().get().given()).contains(RootDigest.of(given.getFirst()));
        connect(Optional.of(new ClusterPort.Shown(keys, given)), says("a")).next(ToAgent.Welcome.class);
        assertThat(refusal(Optional.of(shown), asks("a"))).as("it has another by now").contains("is not the last one of node a");
    }

    @Test
    void whoAsksTwiceForOneKeyGetsOneCertificate() throws Exception {
        var agent = connect(Optional.of(port.certificate(new NodeId("a"))), says("a"));
        agent.next(ToAgent.Roots.class);
        var key = Pem.of(CertificateAuthority.newKeys().getPublic());
        agent.send(new FromAgent.Renew(key));
        var first = agent.next(ToAgent.Issued.class);
        var second = new ArrayList<ToAgent>();
        await(() -> {
            try {
                agent.send(new FromAgent.Renew(key));
                var next = agent.heard.poll(100, TimeUnit.MILLISECONDS);
                if (next instanceof ToAgent.Issued) second.add(next);
                return !second.isEmpty();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThat(second.getFirst()).isEqualTo(first);
        assertThat(loop.published().node(new NodeId("a")).get().certificate().get().given()).contains(RootDigest.of(Pem.certificates(first.certificate()).getFirst()));
    }

    @Test
    void aRenewalThatCrossesTheStartOfARotationDoesNotHoldItUp() throws Exception {
        loop.submit(new RemoveNode(new NodeId("b"), true)).get(60, TimeUnit.SECONDS);
        var agent = connect(Optional.of(port.certificate(new NodeId("a"))), says("a"));
        agent.next(ToAgent.Roots.class);
        agent.send(new FromAgent.Renew(Pem.of(CertificateAuthority.newKeys().getPublic())));
        var crossing = agent.next(ToAgent.Issued.class);
        loop.submit(draft -> {
            draft.put(draft.state().authority().get().rotating(port.authority.next(), 1));
            return null;
        }).get(60, TimeUnit.SECONDS);
        agent.next(ToAgent.RenewNow.class);
        // What it has is what came last: the certificate of before, which an agent takes for the answer, and the roots that came with it.
        agent.send(trusts(crossing));
        var roots = Pem.certificates(agent.next(ToAgent.Roots.class).roots());
        assertThat(roots).hasSize(2);
        agent.next(ToAgent.RenewNow.class);
        agent.send(new FromAgent.Renew(Pem.of(CertificateAuthority.newKeys().getPublic())));
        agent.send(trusts(agent.next(ToAgent.Issued.class)));
        await(() -> loop.published().authority().get().next().isEmpty());
        assertThat(agent.closed).isNotDone();
    }

    @Test
    void everyConnectionIsAFullHandshake() throws Exception {
        var context = ClusterPort.context(Optional.of(port.certificate(new NodeId("a"))));
        var sessions = new ArrayList<Long>();
        for (int i = 0; i < 2; i++) {
            try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream().write("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                // What comes after the handshake, a ticket too, is read with the answer.
                assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
                sessions.add(socket.getSession().getCreationTime());
            }
        }
        assertThat(sessions.get(1)).as("when the secrets were agreed on").isGreaterThan(sessions.get(0));
    }

    @Test
    void whatAStrangerSaysIsPlainInTheLog() throws Exception {
        assertThat(AgentSession.plain("a\u001b[2J\nb")).isEqualTo("a [2J b");
        assertThat(AgentSession.plain("x".repeat(70_000)).length()).isLessThan(1_000);
        var odd = new FromAgent.Hello(Commands.TOKEN, new NodeId("c"), Optional.empty(), host("c\n2026-11-01 INFO all is well"), "", ClusterPort.KEY);
        assertThat(refusal(Optional.empty(), odd)).contains("control characters");
    }

    private static FromAgent.Trusts trusts(ToAgent.Issued issued) {
        return new FromAgent.Trusts(RootDigest.of(Pem.certificates(issued.certificate()).getFirst()),
                Pem.certificates(issued.roots()).stream().map(RootDigest::of).toList());
    }

    /** A node's certificate that was good a moment ago. */
    private ClusterPort.Shown ended(String node) throws Exception {
        var keys = CertificateAuthority.newKeys();
        var leaf = port.authority.issue(keys.getPublic(), new Subject(node, Subject.WORKER, port.cluster()), Duration.ofSeconds(1)).leaf();
        await(() -> Instant.now().isAfter(leaf.getNotAfter().toInstant()));
        return new ClusterPort.Shown(keys, List.of(leaf));
    }

    /** What a node has on its disk that was a member once. */
    private Held away(String node) throws Exception {
        var shown = port.certificate(new NodeId(node));
        connect(Optional.of(shown), says(node)).next(ToAgent.Welcome.class);
        return new Held(shown.keys().getPrivate(), new Chain(shown.chain()), port.authority.roots());
    }

    private String heardBy(Held held, String node) throws Exception {
        var heard = new LinkedBlockingQueue<String>();
        link(server.port(), ManagerTls.of(held, Clock.systemUTC()), says(node), heard);
        return heard.poll(60, TimeUnit.SECONDS);
    }

    /** To another root, which nobody has to be waited for; returns when the port shows it. */
    private void rotate() throws Exception {
        var before = loop.published().authority().get().root().digest();
        loop.submit(draft -> {
            draft.put(draft.state().authority().get().rotating(port.authority.next(), 1));
            return null;
        }).get(60, TimeUnit.SECONDS);
        await(() -> {
            var now = loop.published().authority().get();
            return now.next().isEmpty() && !now.root().digest().equals(before) && now.root().digest().equals(issuerShown());
        });
    }

    /** Of the root that the port shows last. */
    private RootDigest issuerShown() {
        try (var socket = (SSLSocket) ClusterPort.context(Optional.empty()).getSocketFactory().createSocket("127.0.0.1", server.port())) {
            socket.startHandshake();
            var leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            var roots = port.authority.roots();
            return RootDigest.of(new Chain(List.of(leaf)).verify(roots, Instant.now()));
        } catch (CertificateException e) {
            return new RootDigest("0".repeat(RootDigest.DIGITS));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static FromAgent.Hello asks(String node) {
        return new FromAgent.Hello("", new NodeId(node), Optional.empty(), host(node), "", ClusterPort.KEY);
    }

    private static FromAgent.Hello joins(String node, String key) {
        return new FromAgent.Hello(Commands.TOKEN, new NodeId(node), Optional.empty(), host(node), "", key);
    }

    private static FromAgent.Hello says(String node) {
        return new FromAgent.Hello("", new NodeId(node), Optional.empty(), host(node), "");
    }

    private String refusal(Optional<ClusterPort.Shown> shown, FromAgent.Hello hello) throws Exception {
        var agent = new BareAgent();
        agent.socket = port.dial(server.port(), shown, agent);
        try {
            agent.send(hello);
        } catch (ExecutionException e) {
            // Who is known by its certificate may be refused, and cut off, before it has said anything.
            assertThat(e).hasCauseInstanceOf(IOException.class);
        }
        var words = agent.next(ToAgent.Refused.class).message();
        agent.closed.get(60, TimeUnit.SECONDS);
        return words;
    }

    private BareAgent connect(Optional<ClusterPort.Shown> shown, FromAgent.Hello hello) throws Exception {
        var agent = new BareAgent();
        agent.socket = port.dial(server.port(), shown, agent);
        agent.send(hello);
        return agent;
    }

    private SecretReference secret() throws Exception {
        var id = loop.submit(new CreateBlob(BlobKind.SECRET,
                new BlobSpec("pw", new TreeMap<>(), Payload.of(PLANTED.getBytes(StandardCharsets.UTF_8)), Optional.empty()))).get(60, TimeUnit.SECONDS);
        return new SecretReference(Optional.of(new FileTarget("pw", "0", "0", Optional.of(0400L))), id.value(), "pw");
    }

    private TaskId place(String name, String node, List<SecretReference> secrets) throws Exception {
        return loop.submit(draft -> {
            var spec = Commands.service(name, 1);
            var with = spec.template(spec.taskTemplate().with(spec.taskTemplate().containerSpec().with(secrets, List.of())));
            var service = Service.of(draft.newServiceId(), with, draft.now());
            draft.put(service);
            var task = Task.of(draft.newTaskId(), service.id(), 1, 1, Optional.empty(), 0, "", draft.now())
                    .on(new NodeId(node), TaskStatus.of(draft.now(), TaskState.ASSIGNED, "", ""));
            draft.put(task);
            return task.id();
        }).get(60, TimeUnit.SECONDS);
    }

    private void link(int at, SSLContext tls, FromAgent.Hello hello, BlockingQueue<String> heard) {
        var listener = new LinkListener() {
            @Override
            public void joined(ClusterId cluster) {
                heard.add("joined " + cluster);
            }

            @Override
            public void told(ToAgent message) {
                if (message instanceof ToAgent.ClusterEnded) heard.add("told ClusterEnded");
            }

            @Override
            public void refused(String words) {
                heard.add("refused " + words);
            }

            @Override
            public void parted(Instant lastHeard) {}
        };
        var link = new ManagerLink(List.of(new ManagerAddress("127.0.0.1", at)), () -> new ManagerLink.Dial(hello, tls, !hello.token().isEmpty()),
                () -> new FromAgent.Heartbeat(0, Optional.empty()), listener, Clock.systemUTC());
        open.add(link);
        link.start();
    }

    /** Somebody who answers TLS as a manager would, and keeps what is said to it. */
    private ServerSocket server(CertificateAuthority from, ByteArrayOutputStream got) throws Exception {
        var keys = CertificateAuthority.newKeys();
        return server(new ClusterPort.Shown(keys,
                from.issue(keys.getPublic(), new Subject("m", Subject.MANAGER, port.cluster()), Duration.ofDays(1)).certificates()), got);
    }

    private ServerSocket server(ClusterPort.Shown shown, ByteArrayOutputStream got) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", shown.keys().getPrivate(), new char[0], shown.chain().toArray(X509Certificate[]::new));
        var factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(factory.getKeyManagers(), null, null);
        var listening = context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        open.add(listening);
        Thread.ofVirtual().start(() -> {
            while (!listening.isClosed()) {
                try (var socket = listening.accept()) {
                    socket.getInputStream().transferTo(got);
                } catch (IOException e) {
                    // whoever dialled went away
                }
            }
        });
        return listening;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        var limit = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("waited in vain").isBefore(limit);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Passes on what both sides send, and keeps it. */
    private static final class Relay implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        private final List<Socket> sockets = new CopyOnWriteArrayList<>();
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        Relay(int to) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!listening.isClosed()) {
                    try {
                        var near = listening.accept();
                        var far = new Socket("127.0.0.1", to);
                        sockets.addAll(List.of(near, far));
                        Thread.ofVirtual().start(() -> pass(near, far));
                        Thread.ofVirtual().start(() -> pass(far, near));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        private void pass(Socket from, Socket to) {
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                var buffer = new byte[16 << 10];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    synchronized (kept) {
                        kept.write(buffer, 0, read);
                    }
                    out.write(buffer, 0, read);
                }
                to.shutdownOutput();
            } catch (IOException e) {
                // one of both is gone
            }
        }

        int port() {
            return listening.getLocalPort();
        }

        String recorded() {
            synchronized (kept) {
                return kept.toString(StandardCharsets.ISO_8859_1);
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : sockets) socket.close();
        }
    }
}
