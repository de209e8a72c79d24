package io.cardume.manager.loop;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.AddressPool;
import io.cardume.api.ClusterId;
import io.cardume.api.EndpointSpec;
import io.cardume.api.PortConfig;
import io.cardume.api.ContainerSpec;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkSpec;
import io.cardume.api.EngineTrouble;
import io.cardume.api.Ipv4;
import io.cardume.api.GenericResource;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.Subnet;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.PortTrouble;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.plan.Subnets;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.NodeCertificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest extends CommandScene {
    private static final RootDigest ROOT = new RootDigest("1".repeat(50));
    private static final KeyDigest KEY = new KeyDigest("1".repeat(64));

    @Test
    void nothingWorksWithoutACluster() {
        assertRefused(new CreateService(service("web", 1)), Refusal.Kind.UNAVAILABLE, "not a swarm manager");
        assertRefused(new LeaveCluster(true), Refusal.Kind.UNAVAILABLE, "not part of a swarm");
    }

    @Test
    void aNameIsTakenOnce() throws Refusal {
        done(init());
        done(new CreateService(service("web", 1)));
        assertRefused(new CreateService(service("web", 2)), Refusal.Kind.CONFLICT, "service web already exists");
        done(new RemoveService(state.serviceNamed("web").get().id()));
        done(new CreateService(service("web", 2)));
    }

    @Test
    void anUpdateNeedsTheVersionTheCallerHasSeen() throws Refusal {
        done(init());
        ServiceId id = done(new CreateService(service("web", 1)));
        long seen = state.service(id).get().version();
        done(new UpdateService(id, seen, service("web", 2)));
        assertRefused(new UpdateService(id, seen, service("web", 3)), Refusal.Kind.OUT_OF_SEQUENCE, "out of sequence");
        assertThat(state.service(id).get().spec().replicas()).isEqualTo(2);
    }

    @Test
    void aRollbackSwapsTheSpecs() throws Refusal {
        done(init());
        ServiceId id = done(new CreateService(service("web", 1)));
        assertRefused(rollback(id), Refusal.Kind.INVALID, "does not have a previous spec");
        done(new UpdateService(id, state.service(id).get().version(), service("web", 2)));
        done(rollback(id));
        assertThat(state.service(id).get().spec().replicas()).isEqualTo(1);
        done(rollback(id));
        assertThat(state.service(id).get().spec().replicas()).isEqualTo(2);
    }

    @Test
    void declaringTwiceChangesNothing() throws Refusal {
        done(init());
        assertThat(done(new DeclareService(service("web", 1))).outcome()).isEqualTo(DeclareService.Outcome.CREATED);
        assertThat(done(new DeclareService(service("web", 2))).outcome()).isEqualTo(DeclareService.Outcome.UPDATED);
        var before = state;
        assertThat(done(new DeclareService(service("web", 2))).outcome()).isEqualTo(DeclareService.Outcome.UNCHANGED);
        assertThat(state).isEqualTo(before);
    }

    @Test
    void servicesThatWouldWaitForEachOtherAreRefused() throws Refusal {
        done(init());
        done(new CreateService(Commands.after("a", "b")));
        done(new CreateService(Commands.after("b", "c:healthy")));
        assertRefused(new CreateService(Commands.after("c", "a")), Refusal.Kind.INVALID, "c starts after a starts after b starts after c");
        assertRefused(new DeclareService(Commands.after("d", "d")), Refusal.Kind.INVALID, "d starts after d");
        ServiceId c = done(new CreateService(service("c", 1)));
        assertRefused(new UpdateService(c, state.service(c).get().version(), Commands.after("c", "b")), Refusal.Kind.INVALID,
                "c starts after b starts after c");
    }

    @Test
    void aWrongTokenIsRefusedInWords() throws Refusal {
        done(init());
        var wrong = new FromAgent.Hello("SWMTKN-1-x-y", new NodeId("a"), Optional.empty(), Commands.host("a"), "");
        assertRefused(new JoinNode(wrong, ""), Refusal.Kind.UNAUTHENTICATED, "join token is not valid");
        assertThat(state.node(new NodeId("a"))).isEmpty();
    }

    @Test
    void aMemberComesBackAfterTheTokenWasRotated() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), "10.0.0.1"));
        var cluster = state.cluster().get();
        done(new UpdateCluster(cluster.version(), new TreeMap<>(), 5, Optional.of("SWMTKN-1-new-new"), Optional.empty()));
        var member = new FromAgent.Hello("", new NodeId("a"), Optional.of(cluster.id()), Commands.host("a"), "");
        assertThat(done(new JoinNode(member, "10.0.0.2", certified("a")))).isEqualTo(new JoinNode.Joined.Member(cluster.id()));
        assertRefused(new JoinNode(hello("b"), ""), Refusal.Kind.UNAUTHENTICATED, "join token is not valid");
    }

    @Test
    void aRemovedNodeDoesNotComeBackByItself() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        assertRefused(new RemoveNode(new NodeId("a"), false), Refusal.Kind.INVALID, "is not down and can't be removed");
        done(new RemoveNode(new NodeId("a"), true));
        var member = new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), state.cluster().map(c -> c.id()), Commands.host("a"), "");
        assertThat(done(new JoinNode(member, ""))).isInstanceOf(JoinNode.Joined.Removed.class);
        assertThat(state.node(new NodeId("a"))).isEmpty();
    }

    private Proof.Certified certified(String node) {
        return new Proof.Certified(new NodeId(node), Subject.WORKER, state.cluster().get().id(), NOW, NOW.plusSeconds(60), ROOT, ROOT, KEY);
    }

    private static FromAgent.Hello says(String node) {
        return new FromAgent.Hello("", new NodeId(node), Optional.empty(), Commands.host(node), "");
    }

    @Test
    void aNodeThatWasRemovedDoesNotComeBackWithItsCertificate() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        var old = certified("a");
        done(new JoinNode(says("a"), "", old));
        done(new RemoveNode(new NodeId("a"), true));
        assertThat(done(new JoinNode(says("a"), "", old))).isInstanceOf(JoinNode.Joined.Removed.class);
        var again = new Draft(state, NOW.plusSeconds(5), "seed");
        new JoinNode(hello("a"), "").apply(again);
        state = again.state();
        assertThat(done(new JoinNode(says("a"), "", old))).as("even when another joined under its id").isInstanceOf(JoinNode.Joined.Removed.class);
    }

    @Test
    void whoHasACertificateIsNobodyElse() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(hello("b"), ""));
        assertRefused(new JoinNode(says("b"), "", certified("a")), Refusal.Kind.UNAUTHENTICATED, "its certificate is node a's");
        var held = certified("a");
        assertRefused(new JoinNode(says("a"), "", new Proof.Certified(held.node(), Subject.MANAGER, held.cluster(), NOW, held.expires(), ROOT, ROOT, KEY)),
                Refusal.Kind.UNAUTHENTICATED, "is one for swarm-manager");
        assertRefused(new JoinNode(says("a"), "", new Proof.Certified(held.node(), held.unit(), new ClusterId("other"), NOW, held.expires(), ROOT, ROOT, KEY)),
                Refusal.Kind.UNAUTHENTICATED, "of cluster other");
    }

    @Test
    void aTokenIsNoWayToBecomeANodeThatHasACertificate() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(says("a"), "", certified("a")));
        assertRefused(new JoinNode(hello("a"), ""), Refusal.Kind.UNAUTHENTICATED, "docker node rm --force a");
    }

    @Test
    void aNodeThatHasJoinedIsItsKeysAloneBeforeItHasComeBackToo() throws Refusal {
        done(init());
        var mine = new Proof.Nothing(Optional.of(KEY));
        var other = new KeyDigest("2".repeat(64));
        done(new JoinNode(hello("a"), "", mine));
        assertRefused(new JoinNode(hello("a"), "", new Proof.Nothing(Optional.of(other))), Refusal.Kind.UNAUTHENTICATED, "joined with another key");
        assertRefused(new JoinNode(hello("a"), ""), Refusal.Kind.UNAUTHENTICATED, "joined with another key");
        assertThat(done(new JoinNode(hello("a"), "", mine))).as("its answer was lost").isInstanceOf(JoinNode.Joined.Admitted.class);
        var held = certified("a");
        var others = new Proof.Certified(held.node(), held.unit(), held.cluster(), held.issued(), held.expires(), ROOT, new RootDigest("8".repeat(50)), other);
        assertRefused(new JoinNode(says("a"), "", others), Refusal.Kind.UNAUTHENTICATED, "another key than the certificate's");
        var older = new Proof.Certified(held.node(), held.unit(), held.cluster(), NOW.minusSeconds(5), held.expires(), ROOT, new RootDigest("8".repeat(50)), other);
        assertThat(done(new JoinNode(says("a"), "", older))).as("one of before it joined").isInstanceOf(JoinNode.Joined.Removed.class);
        assertThat(done(new JoinNode(says("a"), "", held))).isInstanceOf(JoinNode.Joined.Member.class);
        assertRefused(new JoinNode(hello("a"), "", mine), Refusal.Kind.UNAUTHENTICATED, "node a has a certificate");
        done(new RemoveNode(new NodeId("a"), true));
        assertThat(done(new JoinNode(hello("a"), "", new Proof.Nothing(Optional.of(other))))).isInstanceOf(JoinNode.Joined.Admitted.class);
        assertRefused(new JoinNode(says("a"), "", held), Refusal.Kind.UNAUTHENTICATED, "another key than the certificate's");
    }

    @Test
    void theManagersOwnAgentJoinsWithTheManagersToken() throws Refusal {
        done(init());
        var own = Commands.MANAGER.value();
        assertRefused(new JoinNode(hello(own), ""), Refusal.Kind.UNAUTHENTICATED, "the join token of workers does not make an agent of it");
        var managers = state.cluster().get().managerToken();
        assertRefused(new JoinNode(new FromAgent.Hello(managers, new NodeId("a"), Optional.empty(), Commands.host("a"), ""), ""), Refusal.Kind.UNAUTHENTICATED, "not valid");
        done(new JoinNode(new FromAgent.Hello(managers, Commands.MANAGER, Optional.empty(), Commands.host(own), ""), ""));
        assertThat(state.node(Commands.MANAGER).get().hasAgent()).isTrue();
    }

    @Test
    void theRotationOfTheRootEndsWhenEveryNodeHasACertificateOfTheNewOne() throws Refusal {
        var next = new RootDigest("2".repeat(50));
        var old = new Authority(new Authority.Root("one", ROOT, "sealed"), Optional.empty(), Authority.NODE_LIFE, 0);
        done(init().with(old));
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(says("a"), "", certified("a")));
        var token = state.cluster().get().workerToken();
        assertRefused(new EndRotation(ROOT, "x", "y"), Refusal.Kind.INVALID, "no rotation");
        done(draft -> {
            draft.put(old.rotating(new Authority.Next(new Authority.Root("two", next, "sealed"), "cross"), 1));
            return null;
        });
        assertRefused(new EndRotation(next, "x", "y"), Refusal.Kind.INVALID, "no rotation");
        assertThat(state.cluster().get().workerToken()).isEqualTo(token);
        done(new HearTrust(new NodeId("a"), new NodeCertificate(next, NOW.plusSeconds(60), List.of(ROOT, next), next)));
        assertThat(EndRotation.isDue(state)).isTrue();
        done(new EndRotation(next, "x", "y"));
        assertThat(state.authority().get().digests()).containsExactly(next);
        assertThat(state.cluster().get().workerToken()).isEqualTo("x");
    }

    @Test
    void aClockThatWasSetBackMakesNoNodeARemovedOne() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(says("a"), "", certified("a")));
        var before = NOW.minusSeconds(7_200);
        var given = new RootDigest("7".repeat(50));
        done(new GiveCertificate(new NodeId("a"), given));
        var renewed = new Proof.Certified(new NodeId("a"), Subject.WORKER, state.cluster().get().id(), before, NOW, ROOT, given, KEY);
        assertThat(done(new JoinNode(says("a"), "", renewed))).as("it came, and the word that it did was lost").isInstanceOf(JoinNode.Joined.Member.class);
        assertThat(done(new JoinNode(says("a"), "", renewed))).isInstanceOf(JoinNode.Joined.Member.class);
        var other = new Proof.Certified(new NodeId("a"), Subject.WORKER, state.cluster().get().id(), before, NOW, ROOT, new RootDigest("8".repeat(50)), KEY);
        assertThat(done(new JoinNode(says("a"), "", other))).isInstanceOf(JoinNode.Joined.Removed.class);
    }

    @Test
    void whoJoinedWhileTheClockWasAheadJoinsWhenItIsRight() throws Refusal {
        done(init());
        var ahead = new Draft(state, NOW.plusSeconds(7_200), "seed");
        new JoinNode(hello("a"), "").apply(ahead);
        state = ahead.state();
        // The certificate of then is of no use to its agent, whose clock is right: it joins anew.
        done(new JoinNode(hello("a"), ""));
        assertThat(done(new JoinNode(says("a"), "", certified("a")))).isInstanceOf(JoinNode.Joined.Member.class);
    }

    @Test
    void whatWasGivenStaysKnownUntilTheAgentHasIt() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        var node = new NodeId("a");
        done(new GiveCertificate(node, ROOT));
        assertThat(state.node(node).get().certificate()).as("who has shown none has none").isEmpty();
        done(new JoinNode(says("a"), "", certified("a")));
        var given = new RootDigest("7".repeat(50));
        done(new GiveCertificate(node, given));
        done(new HearTrust(node, new NodeCertificate(ROOT, NOW.plusSeconds(60), List.of(ROOT), ROOT)));
        done(new JoinNode(says("a"), "", certified("a")));
        assertThat(state.node(node).get().certificate().get().given()).contains(given);
        done(new HearTrust(node, new NodeCertificate(ROOT, NOW.plusSeconds(90), List.of(ROOT), given)));
        assertThat(state.node(node).get().certificate().get().given()).isEmpty();
        assertThat(state.node(node).get().certificate().get().mayBe(ROOT)).isFalse();
    }

    @Test
    void theLastCertificateOfANodeIsRenewedForThirtyDaysAfterItsEnd() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(says("a"), "", certified("a")));
        var late = new Proof.Past(new NodeId("a"), Subject.WORKER, state.cluster().get().id(), NOW, NOW.minusSeconds(30 * 86_400L), ROOT, KEY, false);
        assertThat(done(new JoinNode(asks("a"), "", late))).isEqualTo(new JoinNode.Joined.Late(state.cluster().get().id()));
        assertRefused(new JoinNode(says("a"), "", late), Refusal.Kind.UNAUTHENTICATED, "asks for no other");
        assertRefused(new JoinNode(asks("a"), "", past("a", NOW.minusSeconds(30 * 86_400L + 1), ROOT)), Refusal.Kind.UNAUTHENTICATED, "more than 30 days ago");
        assertRefused(new JoinNode(asks("a"), "", past("a", NOW.minusSeconds(1), new RootDigest("7".repeat(50)))), Refusal.Kind.UNAUTHENTICATED,
                "is not the last one of node a");
        assertRefused(new JoinNode(asks("b"), "", late), Refusal.Kind.UNAUTHENTICATED, "its certificate is node a's");
        done(new RemoveNode(new NodeId("a"), true));
        assertThat(done(new JoinNode(asks("a"), "", late))).isInstanceOf(JoinNode.Joined.Removed.class);
        done(new LeaveCluster(true));
        assertThat(done(new JoinNode(asks("a"), "", late))).isEqualTo(new JoinNode.Joined.Ended(late.cluster()));
    }

    @Test
    void aCertificateOfARootThatWasReplacedIsGoodForHearingThatTheNodeWasRemovedOnly() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(says("a"), "", certified("a")));
        var replaced = new Proof.Past(new NodeId("a"), Subject.WORKER, state.cluster().get().id(), NOW, NOW.plusSeconds(60), ROOT, KEY, true);
        assertRefused(new JoinNode(asks("a"), "", replaced), Refusal.Kind.UNAUTHENTICATED, "a root that was replaced");
        done(new RemoveNode(new NodeId("a"), true));
        assertThat(done(new JoinNode(asks("a"), "", replaced))).isInstanceOf(JoinNode.Joined.Removed.class);
    }

    private Proof.Past past(String node, Instant ended, RootDigest digest) {
        return new Proof.Past(new NodeId(node), Subject.WORKER, state.cluster().get().id(), NOW, ended, digest, KEY, false);
    }

    private static FromAgent.Hello asks(String node) {
        return new FromAgent.Hello("", new NodeId(node), Optional.empty(), Commands.host(node), "", "a key");
    }

    @Test
    void aClusterThatIsFormedDuringARotationHasTheNextRootAndKeepsItsTokens() throws Refusal {
        var next = new RootDigest("2".repeat(50));
        var old = new Authority(new Authority.Root("one", ROOT, "sealed"), Optional.empty(), Authority.NODE_LIFE, 0);
        done(init().with(old));
        done(new JoinNode(hello("a"), ""));
        done(draft -> {
            draft.put(old.rotating(new Authority.Next(new Authority.Root("two", next, "sealed"), "cross"), 1));
            return null;
        });
        done(new LeaveCluster(true));
        done(init());
        assertThat(state.authority().get().digests()).containsExactly(next);
        assertThat(state.authority().get().former()).containsExactly(new Authority.Former("one", ROOT, "cross", NOW.plus(Authority.NODE_LIFE)));
        assertThat(EndRotation.isDue(state)).as("nothing is to come that makes the tokens worthless").isFalse();
        assertThat(state.cluster().get().workerToken()).isEqualTo(Commands.TOKEN);
    }

    @Test
    void namesThatTerminalsObeyAreRefused() throws Refusal {
        done(init());
        for (String name : List.of("a\u001b[2J", "a\nb", "a\u009b2J"))
            assertRefused(new JoinNode(new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), Optional.empty(), Commands.host(name), ""), ""),
                    Refusal.Kind.INVALID, "control characters");
        var host = Commands.host("a");
        var escape = "x\u001b[2J";
        for (var odd : List.of(
                new NodeDescription("a", new Platform(escape, "linux"), 1, 1, "20", host.engineLabels(), host.plugins()),
                new NodeDescription("a", host.platform(), 1, 1, escape, host.engineLabels(), host.plugins()),
                new NodeDescription("a", host.platform(), 1, 1, "20", new TreeMap<>(Map.of("k", escape)), host.plugins()),
                new NodeDescription("a", host.platform(), 1, 1, "20", host.engineLabels(), List.of(escape)),
                host.with(List.of(new GenericResource(Optional.of(new GenericResource.Named("gpu", escape)), Optional.empty()))),
                host.with(List.of(new GenericResource(Optional.empty(), Optional.of(new GenericResource.Discrete(escape, 1)))))))
            assertRefused(new JoinNode(new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), Optional.empty(), odd, ""), ""),
                    Refusal.Kind.INVALID, "control characters");
    }

    @Test
    void anAgentOfAnEndedClusterIsToldSo() throws Refusal {
        done(init());
        ClusterId old = state.cluster().get().id();
        assertRefused(new LeaveCluster(false), Refusal.Kind.UNAVAILABLE, "--force");
        done(new LeaveCluster(true));
        done(init());
        var member = new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), Optional.of(old), Commands.host("a"), "");
        assertThat(done(new JoinNode(member, ""))).isEqualTo(new JoinNode.Joined.Ended(old));
    }

    @Test
    void anAgentsAddressIsAnAddressAndNothingElse() throws Refusal {
        done(init());
        for (String wrong : List.of("node2.example", "10.0.0.2\nlink del eth0", "10.0.0.2:4789"))
            assertRefused(new JoinNode(new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), Optional.empty(), Commands.host("a"), wrong), ""),
                    Refusal.Kind.INVALID, "--advertise-addr");
        done(new JoinNode(new FromAgent.Hello(Commands.TOKEN, new NodeId("a"), Optional.empty(), Commands.host("a"), "10.0.0.2"), ""));
        assertThat(state.node(new NodeId("a")).orElseThrow().address()).isEqualTo("10.0.0.2");
    }

    @Test
    void aNodeThatHasLostItsEngineGivesNoSignOfLife() throws Refusal {
        done(init());
        var node = new NodeId("a");
        done(new JoinNode(new FromAgent.Hello(Commands.TOKEN, node, Optional.empty(), Commands.host("a"), ""), ""));
        done(new HearEngine(node, Optional.of(new EngineTrouble("connection refused", true))));

        var later = new Draft(state, NOW.plusSeconds(9), "seed");
        new HearNode(node, List.of()).apply(later);
        assertThat(later.unstored()).isEmpty();

        done(new HearEngine(node, Optional.empty()));
        new HearNode(node, List.of()).apply(later = new Draft(state, NOW.plusSeconds(9), "seed"));
        assertThat(later.unstored()).containsExactly(new Change.NodeHeard(node, NOW.plusSeconds(9)));
    }

    @Test
    void theManagersNodeCannotBeRemoved() throws Refusal {
        done(init());
        assertRefused(new RemoveNode(Commands.MANAGER, true), Refusal.Kind.INVALID, "must be demoted");
    }

    @Test
    void rolesCannotBeChangedYet() throws Refusal {
        done(init());
        var node = state.node(Commands.MANAGER).get();
        assertRefused(new UpdateNode(node.id(), node.version(), "", new TreeMap<>(), Node.Role.WORKER,
                Node.Availability.ACTIVE), Refusal.Kind.NOT_BUILT, "Role");
    }

    @Test
    void networksGetSubnetsAndNumbersOfTheirOwnAndGiveThemBackLate() throws Refusal {
        done(init());
        assertThat(state.networkNamed("ingress").get().subnet()).hasToString("10.0.0.0/16");
        done(new CreateNetwork(NetworkSpec.of("a")));
        var first = state.networkNamed("a").get();
        assertThat(first.subnet()).hasToString("10.1.0.0/24");
        assertThat(first.gateway()).hasToString("10.1.0.1");
        done(new RemoveNetwork(first.id()));
        done(new CreateNetwork(NetworkSpec.of("a")));
        var second = state.networkNamed("a").get();
        assertThat(second.subnet()).hasToString("10.1.1.0/24");
        assertThat(second.vni()).isNotEqualTo(first.vni());
        assertRefused(new CreateNetwork(NetworkSpec.of("a")), Refusal.Kind.CONFLICT, "network with name a already exists");
        assertRefused(new CreateNetwork(NetworkSpec.of("host")), Refusal.Kind.FORBIDDEN, "predefined host");
        assertRefused(new RemoveNetwork(state.networkNamed("ingress").get().id()), Refusal.Kind.FORBIDDEN, "pre-defined");
    }

    @Test
    void subnetsAreNeverSharedWithAnotherNetworkOrWithAHost() throws Refusal {
        done(init().with(new AddressPool(List.of(Subnet.parse("10.1.0.0/23"), Subnet.parse("10.2.0.0/24")), 24)));
        done(new JoinNode(hello("a"), "10.1.1.7"));
        assertThat(state.networkNamed("ingress").get().subnet()).hasToString("10.1.0.0/24");
        done(new CreateNetwork(NetworkSpec.of("b")));
        assertThat(state.networkNamed("b").get().subnet()).as("10.1.1.0/24 has a node in it").hasToString("10.2.0.0/24");
        assertRefused(new CreateNetwork(NetworkSpec.of("c")), Refusal.Kind.CONFLICT, "non-overlapping IPv4 address pool");
        assertRefused(new CreateNetwork(asked("d", "10.2.0.0/25")), Refusal.Kind.CONFLICT, "network b has 10.2.0.0/24");
        assertRefused(new CreateNetwork(asked("d", "10.1.1.0/29")), Refusal.Kind.CONFLICT, "has the address 10.1.1.7");
        done(new CreateNetwork(asked("d", "192.168.3.0/29")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10.0.0.0/8                   | 24 | 192.168.0.1 | 10.0.0.0/16   | 10.1.0.0/24
            10.0.0.0/8                   | 24 | 10.0.3.1    | 10.1.0.0/16   | 10.2.0.0/24
            10.0.0.0/8                   | 12 | 192.168.0.1 | 10.0.0.0/12   | 10.16.0.0/12
            10.20.0.0/16                 | 24 | 192.168.0.1 | 10.20.0.0/18  | 10.20.64.0/24
            10.20.0.0/16                 | 24 | 10.20.0.1   | 10.20.64.0/18 | 10.20.128.0/24
            10.20.0.0/24                 | 28 | 192.168.0.1 | 10.20.0.0/26  | 10.20.0.64/28
            10.20.0.0/23                 | 24 | 192.168.0.1 | 10.20.0.0/24  | 10.20.1.0/24
            10.20.0.0/24                 | 24 | 192.168.0.1 | 10.20.0.0/24  | none
            10.20.0.0/24,10.21.0.0/16    | 24 | 192.168.0.1 | 10.21.0.0/18  | 10.21.64.0/24
            10.20.0.0/18,10.20.64.0/18   | 24 | 192.168.0.1 | 10.20.0.0/19  | 10.20.32.0/24
            """)
    void publishedPortsGetALargeShareOfThePool(String ranges, int size, String manager, String ingress, String next) throws Refusal {
        var pool = new AddressPool(Arrays.stream(ranges.split(",")).map(Subnet::parse).toList(), size);
        var init = init().with(pool);
        done(new InitCluster(init.manager(), init.description(), manager, init.availability(), init.workerToken(), init.managerToken()).with(pool));
        assertThat(state.networkNamed("ingress").get().subnet()).hasToString(ingress);
        if (next.equals("none")) {
            assertRefused(new CreateNetwork(NetworkSpec.of("a")), Refusal.Kind.CONFLICT, "non-overlapping IPv4 address pool");
            return;
        }
        while (Subnets.next(state).isPresent() && state.networks().size() < 300) done(new CreateNetwork(NetworkSpec.of("n" + state.networks().size())));
        assertThat(state.networkNamed("n1").get().subnet()).hasToString(next);
        var all = state.networks().values().stream().map(Network::subnet).toList();
        for (Subnet one : all)
            assertThat(all.stream().filter(one::overlaps)).as("overlapping %s", one).containsExactly(one)
                    .noneMatch(subnet -> subnet.contains(Ipv4.parse(manager)));
    }

    private static NetworkSpec asked(String name, String subnet) {
        return new NetworkSpec(name, null, false, false, Optional.empty(), Optional.of(Subnet.parse(subnet)), Optional.empty());
    }

    @Test
    void aServiceKeepsTheIdsOfItsNetworksAndKeepsThemInUse() throws Refusal {
        done(init());
        done(new CreateNetwork(NetworkSpec.of("back")));
        var back = state.networkNamed("back").get().id();
        assertRefused(new CreateService(on("web", "nowhere")), Refusal.Kind.NOT_FOUND, "network nowhere not found");
        assertRefused(new CreateService(on("web", "ingress")), Refusal.Kind.INVALID, "cannot be explicitly attached");
        assertRefused(new CreateService(on("web", "back", back.value())), Refusal.Kind.INVALID, "given twice");
        ServiceId id = done(new CreateService(on("web", "back")));
        assertThat(state.service(id).get().spec().taskTemplate().networks()).extracting(NetworkAttachment::target).containsExactly(back.value());
        assertThat(done(new DeclareService(on("web", "back"))).outcome()).isEqualTo(DeclareService.Outcome.UNCHANGED);
        assertRefused(new RemoveNetwork(back), Refusal.Kind.INVALID, "is in use by service " + id + " (web)");
        done(new RemoveService(id));
        done(new RemoveNetwork(back));
        assertThat(state.networkNamed("back")).isEmpty();
        done(new CreateService(on("plain", "host")));
    }

    @Test
    void aPortOfEveryNodeThatIsHistoryKeepsNobodyFromHavingItOnHosts() throws Exception {
        done(init());
        done(new CreateService(publishing("web", "ingress", 8080).replicas(0)));
        planned();
        done(new DeclareService(publishing("web", "host", 8080).replicas(0)));
        assertRefused(new CreateService(publishing("other", "host", 8080)), Refusal.Kind.INVALID, "as an ingress port");
        planned();
        done(new CreateService(publishing("other", "host", 8080)));
    }

    @Test
    void balancersOfANodeThatIsNotThereChangeNothing() throws Exception {
        var heard = new HearBalanced(new NodeId("a"), 1, List.of(new PortTrouble(PortTrouble.Kind.PUBLISHED, "8080/tcp", "taken")));
        var nothing = new Draft(state, NOW, "seed");
        heard.apply(nothing);
        assertThat(nothing.stored()).isEmpty();
        assertThat(nothing.unstored()).isEmpty();
        done(init());
        var stranger = new Draft(state, NOW, "seed");
        heard.apply(stranger);
        assertThat(stranger.stored()).isEmpty();
        assertThat(stranger.unstored()).isEmpty();
        done(new JoinNode(hello("a"), ""));
        done(heard);
        assertThat(state.portTroubles()).containsOnlyKeys(new NodeId("a"));
    }

    @Test
    void theNetworkForPublishedPortsIsMadeWhereItIsMissing() throws Exception {
        assertThat(done(new MakeIngress())).as("before there is a cluster").isFalse();
        done(init());
        assertThat(done(new MakeIngress())).as("it is there").isFalse();
        var known = state.ingress().orElseThrow();
        state = state.with(List.of(new Change.NetworkRemoved(known.id())));
        assertThat(done(new MakeIngress())).isTrue();
        assertThat(state.ingress()).isPresent();
        state = state.with(List.of(new Change.NetworkRemoved(state.ingress().orElseThrow().id())));
        done(new CreateNetwork(NetworkSpec.of("ingress")));
        assertRefused(new MakeIngress(), Refusal.Kind.CONFLICT, "published ports are not answered: network ingress is an ordinary one."
                + " Remedy: take the services off it that are on it, `docker network rm ingress`, and start the manager again");
    }

    @Test
    void aPortOfEveryNodeIsOneServices() throws Exception {
        done(init());
        ServiceId web = done(new CreateService(publishing("web", "ingress", 8080)));
        var taken = "port '8080' is already in use by service 'web' (" + web + ") as an ingress port";
        assertRefused(new CreateService(publishing("other", "ingress", 8080)), Refusal.Kind.INVALID, taken);
        assertRefused(new CreateService(publishing("other", "host", 8080)), Refusal.Kind.INVALID, taken);
        done(new CreateService(publishing("other", "host", 9090)));
        done(new CreateService(publishing("third", "host", 9090)));
        assertRefused(new CreateService(publishing("fourth", "ingress", 9090)), Refusal.Kind.INVALID,
                "as a host-published port");
        assertThat(done(new DeclareService(publishing("web", "ingress", 8080))).outcome()).isEqualTo(DeclareService.Outcome.UNCHANGED);
        ServiceId chosen = done(new CreateService(publishing("chosen", "ingress", 0)));
        planned();
        assertThat(state.endpoint(chosen).get().ports()).extracting(PortConfig::publishedPort).containsExactly(30_000);
        assertRefused(new CreateService(publishing("fourth", "ingress", 30_000)), Refusal.Kind.INVALID, "by service 'chosen'");
        done(new RemoveService(web));
        done(new CreateService(publishing("fourth", "ingress", 8080)));
    }

    private static ServiceSpec publishing(String name, String mode, int port) {
        var spec = service(name, 1);
        return new ServiceSpec(name, spec.labels(), spec.taskTemplate(), spec.mode(), spec.updateConfig(), spec.rollbackConfig(),
                Optional.of(new EndpointSpec(Optional.empty(), List.of(new PortConfig(Optional.empty(), "tcp", 80, port, mode)))));
    }

    private static ServiceSpec on(String name, String... networks) {
        var spec = service(name, 1);
        return spec.template(spec.taskTemplate().with(Stream.of(networks).map(network -> new NetworkAttachment(network, null, null)).toList()));
    }
}
