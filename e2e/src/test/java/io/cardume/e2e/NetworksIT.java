package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Networks across hosts: who is on one reaches all that are, wherever they run, and nobody else; nothing is left of it. */
@ExtendWith(OnFleet.class)
@Order(45)
class NetworksIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration CALL = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final Cli cli;

    NetworksIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void whoIsOnANetworkReachesAllThatAreOnEveryHost() {
        cli.run("network", "create", "--driver", "overlay", "--label", "a=b", "back").ok();
        cli.run("network", "create", "--driver", "overlay", "--internal", "--subnet", "10.123.4.0/24", "other").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "web", "--network", "name=back,alias=site", "--replicas", "3", "cardume/web:1").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "far", "--network", "other", "cardume/web:2").ok();
        assertThat(cli.run("network", "rm", "back").fails().err()).contains("is in use by service");
        var web = cluster.awaitRunning("web", 3);
        var far = cluster.awaitRunning("far", 1);
        assertThat(web).extracting(Task::node).containsExactlyInAnyOrder("h1", "h2", "h3");
        var addresses = addresses("web");
        assertThat(addresses("far").values()).allMatch(address -> address.startsWith("10.123.4."));

        for (Task from : web)
            for (Task to : web) Await.until("from " + from + " to " + to, SOON, () -> asked(from, addresses.get(to.id())), said -> said.contains("v1 "));
        assertThat(asked(far.getFirst(), addresses.get(web.getFirst().id()))).doesNotContain("v1 ");

        var virtual = new TreeSet<String>();
        for (Task from : web) {
            for (String name : List.of("tasks.web", "tasks.site.back"))
                Await.until(name + " on " + from.node(), SOON, () -> named(from, name),
                        found -> found.containsAll(addresses.values()) && found.size() == addresses.size());
            for (String name : List.of("web", "site", "web.back")) virtual.addAll(Await.until(name + " on " + from.node(), SOON, () -> named(from, name), found -> found.size() == 1));
            assertThat(virtual).as("one address of the service's own").hasSize(1).doesNotContainAnyElementsOf(addresses.values());
            Await.until("the service answers " + from, SOON, () -> asked(from, virtual.first()), said -> said.contains("v1 "));
        }
        // Who is on an internal network alone has its names and nothing else.
        assertThat(named(far.getFirst(), "web")).isEmpty();
        Await.until("a name on an internal network", SOON, () -> named(far.getFirst(), "tasks.far"), new TreeSet<>(addresses("far").values())::equals);
        assertThat(asked(far.getFirst(), cluster.hostOf(far.getFirst()).address(), 2475)).isEmpty();
        assertThat(asked(far.getFirst(), cluster.fleet().manager().address(), 2476)).isEmpty();
        var byHand = cli.at("unix://" + cluster.hostOf(web.getFirst()).socket()).run(CALL, "run", "--rm", "--network",
                "back." + cluster.api().get("/networks/back").path("Id").asText(), "cardume/crash:1");
        assertThat(byHand.fails().err()).as("no address of a task is given away").contains("no available IPv4 addresses");
        var last = web.getLast();
        Await.until("a task's own name", SOON, () -> named(web.getFirst(), "web." + last.slot() + "." + last.id()), Set.of(addresses.get(last.id()))::equals);

        // Nobody comes in by way of a host either, although the fleet's hosts pass on what is not theirs.
        var strange = cluster.fleet().hosts().stream().filter(host -> !host.name().equals(far.getFirst().node())).findFirst().orElseThrow();
        strange.exec(CALL, "ip", "route", "add", "10.123.4.0/24", "via", cluster.hostOf(far.getFirst()).address());
        assertThat(strange.exec(CALL, "sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 2 " + addresses("far").get(far.getFirst().id()) + " 8080").out())
                .doesNotContain("v2 ");
        strange.exec(CALL, "ip", "route", "del", "10.123.4.0/24");

        var host = cluster.hostOf(web.getFirst());
        cluster.killAgent(host);
        Await.until("it is reached without its agent", SOON, () -> asked(web.getFirst(), addresses.get(web.getLast().id())), said -> said.contains("v1 "));
        host.exec(CALL, "sh", "-c", "for d in $(ip -br link show type vxlan | cut -d' ' -f1); do ip link del $d; done; for t in $(nft list tables | cut -d' ' -f3 | grep cardume_net); do nft delete table ip $t; done").ok();
        cluster.startAgent(host);
        reachAgain("an agent was killed and what it had made was removed");
        Await.until("its table is there again", SOON, () -> host.exec(CALL, "nft", "list", "tables").ok().out(), tables -> tables.contains("cardume_net"));

        host.killEngine();
        Await.until("they are reached without another host's engine", SOON, () -> asked(web.get(1), addresses.get(web.get(2).id())), said -> said.contains("v1 "));
        host.startEngine();
        reachAgain("an engine was killed");

        host.cut();
        Await.until(host + " is down", SOON, () -> cluster.nodes().get(host.name()), "down"::equals);
        var other = web.get(1);
        Await.until("no name leads to " + host, SOON, () -> named(other, "tasks.web"), found -> found.size() == 3 && !found.contains(addresses.get(web.getFirst().id())));
        host.heal();
        cluster.awaitReady();
        reachAgain("a host was cut off");

        cli.run("service", "rm", "web", "far").ok();
        cli.run("network", "rm", "back", "other").ok();
        assertThat(cli.run("network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}}").ok().lines()).contains("ingress").doesNotContain("back", "other");
        Await.until("no bridge, no device, no route, no table is left", SOON, this::left, List::isEmpty);
    }

    /** Every task of the service comes to reach every other, itself included. */
    private void reachAgain(String after) {
        Await.until("all reach each other after " + after, SOON, () -> {
            var tasks = cluster.awaitRunning("web", 3);
            var addresses = addresses("web");
            var none = new ArrayList<String>();
            for (Task from : tasks)
                for (Task to : tasks) if (!asked(from, addresses.get(to.id())).contains("v1 ")) none.add(from + " does not reach " + to);
            return none;
        }, List::isEmpty);
    }

    @Test
    void aTaskMayBeOnItsHostsOwnNetwork() {
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "plain", "--network", "host", "cardume/web:1").ok();
        var task = cluster.awaitRunning("plain", 1).getFirst();
        var shown = cluster.hostOf(task).engine().get("/containers/" + task.container() + "/json");
        assertThat(shown.path("HostConfig").path("NetworkMode").asText()).isEqualTo("host");
        cli.run("service", "rm", "plain").ok();
    }

    @Test
    void anAgentThatMayNotMakeDevicesSaysSoAndGetsNoTaskThatNeedsThem() {
        var host = cluster.fleet().hosts().getLast();
        cluster.killAgent(host);
        var command = new ArrayList<>(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setpriv", "--bounding-set=-net_admin"));
        command.addAll(cluster.agentCommand(host, cluster.tokenFile()));
        var weak = host.run("agent", command);
        try {
            cli.run("network", "create", "--driver", "overlay", "back").ok();
            Await.until("the node says why", SOON, () -> cluster.api().get("/nodes/" + host.name()).path("Description").path("Engine").path("Labels")
                    .path("cardume.no-overlay").asText(), why -> why.contains("Operation not permitted"));
            assertThat(cluster.api().get("/nodes/" + host.name()).path("Description").path("Engine").path("Labels").path("cardume.no-drain").asText())
                    .as("it sees no process of the engine either").contains("--pid host");
            assertThat(weak.logged()).contains("services on networks across hosts are not placed on this host");
            for (String network : List.of("back", "bridge"))
                cli.run("service", "create", "-d", "--no-resolve-image", "--name", "on-" + network, "--network", network,
                        "--constraint", "node.hostname==" + host.name(), "cardume/web:1").ok();
            cluster.awaitRunning("on-bridge", 1);
            Await.until("it is explained", SOON, () -> cluster.api().get("/services/on-back/explain").toString(),
                    said -> said.contains("missing plugin on 1 node") && said.contains("it cannot be part of networks that span the hosts"));
        } finally {
            weak.kill();
            cluster.startAgent(host);
        }
        cluster.awaitRunning("on-back", 1);
        cli.run("service", "rm", "on-back", "on-bridge").ok();
        cli.run("network", "rm", "back").ok();
    }

    /** The address of each of a service's tasks, by task. */
    private Map<String, String> addresses(String service) {
        var addresses = new TreeMap<String, String>();
        for (Task task : cluster.living(service)) {
            JsonNode attached = cluster.api().get("/tasks/" + task.id()).path("NetworksAttachments").path(0);
            addresses.put(task.id(), attached.path("Addresses").path(0).asText().replaceAll("/.*", ""));
        }
        return addresses;
    }

    /** What a task hears from an address; "" if nothing answers. */
    private String asked(Task from, String address) {
        return asked(from, address, 8080);
    }

    private String asked(Task from, String address, int port) {
        var engine = cli.at("unix://" + cluster.hostOf(from).socket());
        return engine.run(CALL, "exec", from.container(), "sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 " + address + " " + port).out();
    }

    /** The addresses a name leads to for a task. */
    private Set<String> named(Task from, String name) {
        var engine = cli.at("unix://" + cluster.hostOf(from).socket());
        var found = new TreeSet<String>();
        for (String line : engine.run(CALL, "exec", from.container(), "/bin/busybox", "nslookup", "-type=a", name).out().split("\n"))
            if (line.startsWith("Address: ")) found.add(line.substring("Address: ".length()).strip());
        return found;
    }

    /** What of networks is on the hosts. */
    private List<String> left() {
        var found = new ArrayList<String>();
        for (Host host : cluster.fleet().hosts())
            host.exec(CALL, "sh", "-c", "ip -br link | grep ^cdm; ip route show table all proto 201; ip route | grep cdm; nft list tables | grep cardume").lines()
                    .forEach(line -> found.add(host + ": " + line));
        return found;
    }
}
