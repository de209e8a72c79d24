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
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration CALL = Duration.ofSeconds(15);

    private final Cluster cluster;
    private final Cli cli;

    NetworksIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void whoIsOnANetworkReachesAllThatAreOnEveryHost() {
        cli.run("network", "create", "--driver", "overlay", "--label", "a=b", "back").ok();
        cli.run("network", "create", "--driver", "overlay", "--subnet", "10.123.4.0/24", "other").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "web", "--network", "name=back,alias=site", "--replicas", "3", "cardume/web:1").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "far", "--network", "other", "cardume/web:2").ok();
        assertThat(cli.run("network", "rm", "back").fails().err()).contains("is in use by service");
        var web = cluster.awaitRunning("web", 3);
        var far = cluster.awaitRunning("far", 1);
        assertThat(web).extracting(Task::node).containsExactlyInAnyOrder("h1", "h2", "h3");
        var addresses = addresses("web");
        assertThat(addresses("far").values()).allMatch(address -> address.startsWith("10.123.4."));

        for (Task from : web)
            for (Task to : web) assertThat(asked(from, addresses.get(to.id()))).as("from %s to %s", from, to).contains("v1 ");
        assertThat(asked(far.getFirst(), addresses.get(web.getFirst().id()))).doesNotContain("v1 ");

        for (Task from : web)
            for (String name : List.of("web", "tasks.web", "site", "web.back"))
                Await.until(name + " on " + from.node(), SOON, () -> named(from, name),
                        found -> found.containsAll(addresses.values()) && found.size() == addresses.size());
        assertThat(named(far.getFirst(), "web")).isEmpty();
        var last = web.getLast();
        assertThat(named(web.getFirst(), "web." + last.slot() + "." + last.id())).containsExactly(addresses.get(last.id()));

        var host = cluster.hostOf(web.getFirst());
        cluster.killAgent(host);
        assertThat(asked(web.getFirst(), addresses.get(web.getLast().id()))).as("without its agent").contains("v1 ");
        cluster.startAgent(host);
        cluster.awaitReady();
        assertThat(cluster.awaitRunning("web", 3)).extracting(Task::id).containsExactlyInAnyOrderElementsOf(web.stream().map(Task::id).toList());

        cli.run("service", "rm", "web", "far").ok();
        cli.run("network", "rm", "back", "other").ok();
        assertThat(cli.run("network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}}").ok().lines()).containsExactly("ingress");
        Await.until("no bridge and no device is left", SOON, this::devices, List::isEmpty);
    }

    @Test
    void aTaskMayBeOnItsHostsOwnNetwork() {
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "plain", "--network", "host", "cardume/web:1").ok();
        var task = cluster.awaitRunning("plain", 1).getFirst();
        var shown = cluster.hostOf(task).engine().get("/containers/" + task.container() + "/json");
        assertThat(shown.path("HostConfig").path("NetworkMode").asText()).isEqualTo("host");
        cli.run("service", "rm", "plain").ok();
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

    /** What a task hears from port 8080 of an address; "" if nothing answers. */
    private String asked(Task from, String address) {
        var engine = cli.at("unix://" + cluster.hostOf(from).socket());
        return engine.run(CALL, "exec", from.container(), "sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 " + address + " 8080").out();
    }

    /** The addresses a name leads to for a task. */
    private Set<String> named(Task from, String name) {
        var engine = cli.at("unix://" + cluster.hostOf(from).socket());
        var found = new TreeSet<String>();
        for (String line : engine.run(CALL, "exec", from.container(), "/bin/busybox", "nslookup", "-type=a", name).out().split("\n"))
            if (line.startsWith("Address: ")) found.add(line.substring("Address: ".length()).strip());
        return found;
    }

    private List<String> devices() {
        var found = new ArrayList<String>();
        for (Host host : cluster.fleet().hosts())
            host.exec(CALL, "ip", "-br", "link").ok().lines().stream().filter(line -> line.startsWith("cdm")).map(line -> host + ": " + line).forEach(found::add);
        return found;
    }
}
