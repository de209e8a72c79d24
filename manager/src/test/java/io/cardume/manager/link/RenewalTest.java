package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.link.Credentials;
import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.ManagerAddress;
import io.cardume.agent.link.ManagerLink;
import io.cardume.agent.trust.Identity;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.AddressPool;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeCertificate;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that live some seconds: the agent's link, its identity on disk and the manager's port, as they are wired. */
class RenewalTest {
    /** Of those whose end is waited for. */
    private static final Duration SHORT = Duration.ofSeconds(6);
    /** Long enough to be renewed in its second half on a machine that stands still for seconds. */
    private static final Duration RENEWED = Duration.ofSeconds(14);
    /** Who hears nothing for three of them takes the other for gone. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final NodeId NODE = new NodeId("node");
    private final ManagerLoop loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), new MemoryStore(), InstantSource.system(),
            "seed", error -> {
                throw new AssertionError(error);
            });
    private final ClusterPort port = new ClusterPort(loop);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
    @TempDir
    private Path directory;
    private AgentServer server;

    /** @param life how long certificates live */
    private void startManager(Duration life) throws Exception {
        loop.start();
        var authority = port.authority.found().living(life);
        loop.submit(new InitCluster(Commands.MANAGER, host("manager"), "127.0.0.1", Node.Availability.DRAIN, CertificateAuthority.newToken(authority),
                CertificateAuthority.newToken(authority), AddressPool.DEFAULT, Optional.of(authority))).get(60, TimeUnit.SECONDS);
        var tls = new ClusterTls(port.authority, () -> new Subject("manager", Subject.MANAGER, port.cluster()), () -> life, InstantSource.system()).keptFresh();
        open.add(tls);
        server = new AgentServer(loop, port.vault, port.authority, tls, new InetSocketAddress("127.0.0.1", 0), HEARTBEAT, Limits.usual()).openDoor();
    }

    @AfterEach
    void stopManager() throws Exception {
        for (AutoCloseable what : open.reversed()) what.close();
        server.close();
        loop.close();
        port.close();
    }

    @Test
    void certificatesAreRenewedAndTheConnectionStays() throws Exception {
        startManager(RENEWED);
        // By its own clock none of them is ever old: the manager says when.
        var identity = Identity.in(directory, NODE, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-59)));
        var first = link(identity);
        var ends = new TreeSet<Instant>();
        await("the node has had another certificate", () -> {
            certificate().map(NodeCertificate::expires).ifPresent(ends::add);
            return ends.size() == 2;
        });
        await("the manager's first certificate has ended", () -> Instant.now().isAfter(ends.first()));
        assertThat(heard).as("it joined once and was never parted").containsExactly("joined");
        assertThat(Files.getPosixFilePermissions(directory.resolve("identity.pem"))).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        first.close();
        heard.clear();
        link(Identity.in(directory, NODE, Clock.systemUTC()));
        await("what is on disk is good, and so is what the manager shows", () -> heard.equals(List.of("joined")));
    }

    @Test
    void whoseCertificateEndedWhileTheManagerWasAwayGetsAnother() throws Exception {
        startManager(SHORT);
        var identity = Identity.in(directory, NODE, Clock.systemUTC());
        var first = link(identity);
        await("its certificate is known", () -> certificate().isPresent() && heard.contains("joined"));
        first.close();
        heard.clear();
        var ended = identity.held().orElseThrow().end();
        await("it has ended", () -> Instant.now().isAfter(ended));
        link(Identity.in(directory, NODE, Clock.systemUTC()));
        await("it is let in again", () -> heard.equals(List.of("joined")));
        assertThat(certificate().orElseThrow().expires()).isAfter(ended);
    }

    @Test
    void whoDoesNotRenewIsPartedFromWhenItsCertificateEnds() throws Exception {
        startManager(SHORT);
        var identity = Identity.in(directory, NODE, Clock.systemUTC());
        var link = link(identity);
        await("it has joined", () -> server.isConnected(NODE));
        link.close();
        var held = identity.held().orElseThrow();
        heard.clear();
        var silent = new ManagerLink(List.of(new ManagerAddress("127.0.0.1", server.port())),
                () -> new ManagerLink.Dial(hello("", ""), ManagerTls.of(held, Clock.systemUTC()), false),
                () -> new FromAgent.Heartbeat(0, Optional.empty()), listener(_ -> {}), Clock.systemUTC());
        open.add(silent);
        silent.start();
        await("it is told that its certificate has ended", () -> heard.stream().anyMatch(words -> words.contains("the certificate ended at")));
        assertThat(heard.subList(0, 2)).containsExactly("joined", "parted");
    }

    private Optional<NodeCertificate> certificate() {
        return loop.published().node(NODE).flatMap(Node::certificate);
    }

    /** As an agent makes one. */
    private ManagerLink link(Identity identity) {
        var link = new AtomicReference<ManagerLink>();
        var credentials = new Credentials(identity, message -> link.get().say(message));
        link.set(new ManagerLink(List.of(new ManagerAddress("127.0.0.1", server.port())), () -> dial(identity), () -> {
            credentials.look();
            return new FromAgent.Heartbeat(0, Optional.empty());
        }, listener(message -> {
            if (message instanceof ToAgent.Issued || message instanceof ToAgent.Roots || message instanceof ToAgent.RenewNow) credentials.told(message);
        }), Clock.systemUTC()));
        open.add(link.get());
        link.get().start();
        return link.get();
    }

    private ManagerLink.Dial dial(Identity identity) throws IOException {
        if (identity.held().isPresent()) return new ManagerLink.Dial(hello("", Pem.of(identity.asked())), ManagerTls.of(identity.held().get(), Clock.systemUTC()), false);
        var token = JoinToken.parse(loop.published().cluster().orElseThrow().workerToken());
        return new ManagerLink.Dial(hello(token.text(), Pem.of(identity.asked())), ManagerTls.of(token, Clock.systemUTC()), true);
    }

    private static FromAgent.Hello hello(String token, String key) {
        return new FromAgent.Hello(token, NODE, Optional.empty(), host("node"), "", key);
    }

    private LinkListener listener(Consumer<ToAgent> told) {
        return new LinkListener() {
            @Override
            public void joined(ClusterId cluster) {
                heard.add("joined");
            }

            @Override
            public void told(ToAgent message) {
                told.accept(message);
            }

            @Override
            public void refused(String words) {
                heard.add(words);
            }

            @Override
            public void parted(Instant lastHeard) {
                heard.add("parted");
            }
        };
    }

    private void await(String what, BooleanSupplier met) {
        var end = Instant.now().plusSeconds(60);
        while (!met.getAsBoolean()) {
            assertThat(Instant.now()).as("in vain: %s; heard %s", what, heard).isBefore(end);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
