package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.both;
import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.image;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.EndpointSpec;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.PortTroubles;
import io.cardume.manager.cluster.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndpointsTest {
    private static PortConfig port(int published, int target) {
        return new PortConfig(Optional.empty(), "tcp", target, published, "ingress");
    }

    private static List<String> virtual(Scene scene, String service) {
        return endpoint(scene, service).virtual().values().stream().map(Ipv4::toString).toList();
    }

    private static List<String> ports(Scene scene, String service) {
        return endpoint(scene, service).ports().stream().map(port -> port.key() + ":" + port.targetPort()).toList();
    }

    private static Endpoint endpoint(Scene scene, String service) {
        return scene.state().endpoint(scene.found(service).id()).orElseThrow();
    }

    private static List<String> hosts(Scene scene, String network) {
        return scene.state().hostsOn(scene.state().networkNamed(network).orElseThrow().id()).entrySet().stream()
                .map(host -> host.getValue() + "=" + host.getKey()).toList();
    }

    @Test
    void aServiceHasAnAddressOnEachOfItsNetworksForItsLife() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/24").network("b", "10.0.2.0/24");
        scene.service("web", 2, scene.on("a", "b")).service("plain", 1).settled();
        assertThat(virtual(scene, "web")).containsExactly("10.0.1.2", "10.0.2.2");
        assertThat(scene.state().endpoint(scene.found("plain").id())).isEmpty();
        scene.updated("web", both(image("web:2"), scene.on("a", "b"))).rested().scaled("web", 3).settled();
        assertThat(virtual(scene, "web")).containsExactly("10.0.1.2", "10.0.2.2");
        scene.removed("web").settled().service("web", 1, scene.on("a")).settled();
        assertThat(virtual(scene, "web")).isNotEqualTo(List.of("10.0.1.2"));
    }

    @Test
    void aNetworkThatAnUpdateLeavesKeepsTheServicesAddressUntilTheLastTaskHasLeftIt() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24").network("b", "10.0.2.0/24");
        scene.service("web", 1, scene.on("a")).settled().updated("web", scene.on("b"));
        assertThat(virtual(scene, "web")).containsExactly("10.0.1.2", "10.0.2.2");
        scene.rested();
        assertThat(virtual(scene, "web")).containsExactly("10.0.2.2");
    }

    @Test
    void aServiceThatIsToBeReachedOtherwiseKeepsItsAddressUntilTheLastTaskOfBeforeHasEnded() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24").service("other", 1).settled();
        scene.service("web", 2, scene.on("a")).settled().reached("web", "dnsrr");
        assertThat(virtual(scene, "web")).containsExactly("10.0.1.2");
        assertThat(scene.live("web")).anyMatch(task -> task.revision() == 1);
        scene.rested();
        assertThat(virtual(scene, "web")).isEmpty();
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
        scene.reached("web", "vip");
        var given = virtual(scene, "web");
        assertThat(given).hasSize(1).doesNotContain("10.0.1.2");
        var back = scene.found("web").rolledBack(scene.found("web").revisions().get(2L).spec(), Optional.empty(), Optional.of(2L), "", scene.now());
        scene.settled().turn(draft -> draft.put(back));
        assertThat(virtual(scene, "web")).as("its new tasks may be spoken to by it").isEqualTo(given);
        scene.rested();
        assertThat(virtual(scene, "web")).isEmpty();
    }

    @Test
    void aNodeHasAnAddressWhereItHasTasks() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/24");
        scene.service("web", 1, scene.on("a")).settled();
        var only = scene.where("web").getFirst();
        assertThat(hosts(scene, "a")).containsExactly(only + "=10.0.1.4");
        scene.scaled("web", 2).settled();
        assertThat(hosts(scene, "a")).hasSize(2).contains(only + "=10.0.1.4");
        scene.failed("web", slot(1), 1).rested();
        assertThat(hosts(scene, "a")).hasSize(2).contains(only + "=10.0.1.4");
        scene.removed("web").settled();
        assertThat(hosts(scene, "a")).isEmpty();
    }

    @Test
    void aServiceWithPortsIsOnIngressAndSoIsEveryNodeThatCanBe() {
        var scene = cluster().nodes(3).ingress("10.0.0.0/24");
        assertThat(hosts(scene, "ingress")).isEmpty();
        scene.service("web", 1, List.of(port(8080, 80))).settled();
        assertThat(virtual(scene, "web")).containsExactly("10.0.0.2");
        assertThat(scene.addresses("web")).containsExactly("10.0.0.6");
        assertThat(ports(scene, "web")).containsExactly("8080/tcp:80");
        assertThat(hosts(scene, "ingress")).hasSize(3);
        var other = scene.where("web").contains("n1") ? "n2" : "n1";
        scene.joins("n4").turn(draft -> draft.put(Scene.without(draft.state().node(new NodeId(other)).orElseThrow()))).rested();
        assertThat(hosts(scene, "ingress")).hasSize(3).noneMatch(host -> host.startsWith(other + "="));
        scene.removed("web").settled();
        assertThat(hosts(scene, "ingress")).isEmpty();
    }

    @Test
    void aPortIsChosenWhereNoneIsGivenAndStays() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24");
        scene.service("one", 1, List.of(port(0, 80), port(30_001, 81))).service("two", 1, List.of(port(0, 80), port(0, 81))).settled();
        assertThat(ports(scene, "one")).containsExactly("30000/tcp:80", "30001/tcp:81");
        assertThat(ports(scene, "two")).containsExactly("30002/tcp:80", "30003/tcp:81");
        scene.publishing("two", List.of(port(0, 81))).rested();
        assertThat(ports(scene, "two")).containsExactly("30003/tcp:81");
        scene.publishing("two", List.of(port(0, 81), port(30_003, 82))).rested();
        assertThat(ports(scene, "two")).containsExactlyInAnyOrder("30002/tcp:81", "30003/tcp:82");
    }

    @Test
    void aPortThatWasChosenStaysWhereANewOneComesBeforeIt() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").service("web", 1, List.of(port(0, 80), port(0, 81))).settled();
        scene.publishing("web", List.of(port(0, 79), port(0, 80), port(0, 81))).rested();
        assertThat(ports(scene, "web")).containsExactly("30002/tcp:79", "30000/tcp:80", "30001/tcp:81");
    }

    @Test
    void aPortThatWasChosenIsFoundAgainByAnUpdateThatTurnsBack() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").service("first", 1, List.of(port(0, 80))).service("web", 1, List.of(port(0, 80)));
        scene.settled().removed("first").settled();
        assertThat(ports(scene, "web")).containsExactly("30001/tcp:80");
        scene.updated("web", image("web:2")).publishing("web", List.of(port(9090, 80), port(30_001, 81)));
        scene.service("other", 1, List.of(port(0, 80), port(0, 80))).publishing("web", List.of(port(9090, 80)));
        assertThat(ports(scene, "other")).containsExactly("30000/tcp:80", "30002/tcp:80");
        assertThat(scene.state().publishing("30001/tcp")).containsExactly(scene.found("web").id());
        scene.turn(draft -> draft.put(scene.found("web").rolledBack(
                scene.found("web").lastProven().map(scene.found("web").revisions()::get).orElseThrow().spec(), Optional.empty(), Optional.empty(), "", scene.now())));
        assertThat(ports(scene, "web")).containsExactly("30001/tcp:80");
        scene.rested().updated("web", image("web:3")).publishing("web", List.of(port(9090, 80)));
        assertThat(endpoint(scene, "web").before()).containsExactly(port(30_001, 80));
        scene.rested();
        assertThat(endpoint(scene, "web").before()).isEmpty();
        assertThat(scene.state().publishing("30001/tcp")).isEmpty();
    }

    @Test
    void aPortThatAnUpdateTookAwayIsTheServicesUntilItIsOver() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").service("web", 1, List.of(port(8080, 80))).settled();
        scene.updated("web", image("web:2")).publishing("web", List.of(port(9090, 80)));
        assertThat(scene.state().publishing("8080/tcp")).containsExactly(scene.found("web").id());
        scene.rested();
        assertThat(scene.state().publishing("8080/tcp")).isEmpty();
        assertThat(scene.state().publishing("9090/tcp")).containsExactly(scene.found("web").id());
    }

    @Test
    void aPortIsNobodyElsesInTheTransactionThatTakesItAway() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").service("web", 1, List.of(port(30_000, 80))).settled();
        var web = scene.found("web");
        var changed = image("web:2").apply(web.spec().taskTemplate());
        scene.turn(draft -> {
            draft.put(web.updated(spec("web", changed, port(9090, 80)), scene.now()));
            for (int i = 0; i < 4; i++) draft.put(Service.of(draft.newServiceId(), spec("other" + i, Scene.plain("web:1"), port(0, 80)), scene.now()));
        });
        for (int i = 0; i < 4; i++) assertThat(ports(scene, "other" + i)).doesNotContain("30000/tcp:80");
        assertThat(scene.state().publishing("30000/tcp")).containsExactly(web.id());
        assertThat(scene.rested().state().publishing("30000/tcp")).isEmpty();
    }

    private static ServiceSpec spec(String name, TaskSpec template, PortConfig... ports) {
        return new ServiceSpec(name, new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(), Optional.empty(),
                Optional.of(new EndpointSpec(Optional.empty(), List.of(ports)))).replicas(1);
    }

    @Test
    void aNodeWhereSomethingElseHasThePortIsLeftOutAndItsNameIsSaid() {
        var words = "port 8080/tcp is taken on this host by nginx (pid 71)";
        var scene = cluster().nodes(2).ingress("10.0.0.0/24")
                .troubled("n1", "8080/tcp", words).service("web", 1, List.of(port(8080, 80))).settled();
        assertThat(scene.where("web")).containsExactly("n2");
        assertThat(TakenPorts.sentence(scene.state(), scene.found("web").id())).isEqualTo("on n1 " + words);
        scene.troubled("n2", "8080/tcp", words);
        assertThat(scene.runsWhole("web").where("web")).as("what runs stays").containsExactly("n2");
        scene.failed("web", slot(1), 1).rested();
        assertThat(scene.newest("web", slot(1)).status().err())
                .isEqualTo("no suitable node (published port already in use on 2 nodes; 1 node not available for new tasks): on n1 " + words + "; on n2 " + words);
        assertThat(Obstacles.to(scene.newest("web", slot(1)), scene.state(), scene.now()).get(new NodeId("n1"))).isEqualTo(words);
        scene.troubled("n1", "", "").settled();
        assertThat(scene.where("web")).containsExactly("n1");
    }

    @Test
    void whatADoorCannotDoKeepsNoTaskAwayAndIsSaidOfWhomItConcerns() {
        var troubles = new PortTroubles(new NodeId("n1"), new TreeMap<>(), Optional.of("port 80/tcp is taken"), Optional.of("port 443/tcp is taken"),
                new TreeMap<>(Map.of("shop-tls", "secret shop-tls is bad")));
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").troubled(troubles);
        scene.service("published", 1, List.of(port(80, 80), port(443, 443)))
                .serviceLabelled("plain", 1, HttpLabels.PORT + "=80", HttpLabels.HOST + "=a.example")
                .serviceLabelled("shop", 1, HttpLabels.PORT + "=80", HttpLabels.HOST + "=b.example", HttpLabels.TLS + "=shop-tls")
                .serviceLabelled("other", 1, HttpLabels.PORT + "=80", HttpLabels.HOST + "=c.example", HttpLabels.TLS + "=other-tls").settled();
        for (String service : List.of("published", "plain", "shop", "other")) scene.runsWhole(service);
        assertThat(troubles(scene, "published")).isEmpty();
        assertThat(troubles(scene, "plain")).isEqualTo("on n1 port 80/tcp is taken");
        assertThat(troubles(scene, "shop")).isEqualTo("on n1 port 80/tcp is taken, port 443/tcp is taken, secret shop-tls is bad");
        assertThat(troubles(scene, "other")).isEqualTo("on n1 port 80/tcp is taken, port 443/tcp is taken");
    }

    private static String troubles(Scene scene, String service) {
        return TakenPorts.sentence(scene.state(), TakenPorts.andDoors(scene.state(), scene.found(service).id()));
    }

    @Test
    void whatDoesNotRunYetLeavesANodeWhereThePortIsTaken() {
        var scene = cluster().nodes(2).ingress("10.0.0.0/24").service("web", 1, List.of(port(8080, 80)));
        var first = scene.where("web").getFirst();
        scene.troubled(first, "8080/tcp", "taken").settled();
        assertThat(scene.where("web")).hasSize(1).doesNotContain(first);
    }

    @Test
    void aPortThatAnOldTaskHasOnItsHostDoesNotKeepOutTheTaskThatReplacesIt() {
        var scene = cluster().nodes(2).ingress("10.0.0.0/24").serviceAtPort("web", 2, 8080).settled();
        var words = "port 8080/tcp is taken on this host by docker-proxy (pid 71)";
        scene.publishing("web", List.of(port(8080, 80))).troubled("n1", "8080/tcp", words).troubled("n2", "8080/tcp", words).rested();
        for (int slot = 1; slot <= 2; slot++)
            assertThat(scene.found("web").isCurrent(scene.newest("web", slot))).as("slot %s", slot).isTrue();
        scene.runsWhole("web").troubled("n1", "", "").troubled("n2", "", "").rested().runsWhole("web");
    }

    @Test
    void anotherPublishedPortReplacesNoTask() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24");
        scene.service("web", 1, List.of(port(8080, 80))).settled();
        var before = scene.newest("web", slot(1)).id();
        scene.publishing("web", List.of(port(9090, 80))).rested();
        assertThat(scene.newest("web", slot(1)).id()).isEqualTo(before);
        assertThat(ports(scene, "web")).containsExactly("9090/tcp:80");
        scene.publishing("web", List.of()).rested();
        assertThat(scene.newest("web", slot(1)).id()).isNotEqualTo(before);
        assertThat(scene.state().endpoint(scene.found("web").id()).orElseThrow().virtual()).isEmpty();
    }
}
