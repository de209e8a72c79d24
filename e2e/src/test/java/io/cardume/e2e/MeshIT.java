package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Services answer by an address and by ports of their own, on every host, with or without its agent; nothing is left of it. */
@ExtendWith(OnFleet.class)
@Order(75)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration CALL = Duration.ofSeconds(60);
    private static final int WEB = 18_080;
    private static final int ECHO = 18_007;
    private static final String SLOTS = """
            import os, socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(('', 7))
            while True:
                asker = s.recvfrom(100)[1]
                s.sendto((os.environ['SLOT'] + ' ' + asker[0]).encode(), asker)
            """;
    private static final String ASKING_BY_IPV6 = """
            import socket
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.settimeout(2)
            s.sendto(b'x', ('::1', %d))
            print(s.recv(100).decode())
            """;

    private final Cluster cluster;
    private final Cli cli;

    MeshIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void servicesAnswerByTheirAddressAndTheirPortsOnEveryHost() throws IOException {
        cli.run("network", "create", "--driver", "overlay", "mesh").ok();
        cli.run("network", "create", "--driver", "overlay", "aside").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "web", "--network", "mesh", "--replicas", "2", "-p", WEB + ":8080",
                "cardume/web:1").ok();
        // The images hold nothing that answers over UDP; this machine does.
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "echo", "--replicas", "2", "-p", ECHO + ":7/udp", "--env", "SLOT={{.Task.Slot}}",
                "--mount", "type=bind,src=/usr,dst=/usr,ro", "--mount", "type=bind,src=/lib,dst=/lib,ro", "--mount", "type=bind,src=/lib64,dst=/lib64,ro",
                "cardume/web:1", "/usr/bin/python3", "-c", SLOTS).ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "asker", "--mode", "global", "--network", "mesh", "cardume/web:2").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "stranger", "--network", "aside", "cardume/web:2").ok();
        var web = cluster.awaitRunning("web", 2);
        cluster.awaitRunning("echo", 2);
        var askers = cluster.awaitRunning("asker", 3);
        var stranger = cluster.awaitRunning("stranger", 1).getFirst();

        for (Host host : cluster.fleet().hosts()) {
            Await.until("port " + WEB + " of " + host + " leads to both, in turn", SOON, () -> heard(host, 20).values(),
                    counts -> List.copyOf(counts).equals(List.of(10, 10)));
            Await.until("port " + ECHO + " of " + host + " leads to both", SOON, () -> List.of(slot(host), slot(host)),
                    slots -> slots.containsAll(List.of("1", "2")));
            for (int i = 0; i < 2; i++)
                Await.until(host + " asks itself by IPv6 and UDP", SOON, () -> host.exec(CALL, "python3", "-c", ASKING_BY_IPV6.formatted(ECHO)), ran -> ran.out().matches("(?s)[12] .*"));
            for (String own : List.of("127.0.0.1", "::1", host.address()))
                Await.until(host + " asks itself at " + own, SOON, () -> host.exec(CALL, "sh", "-c", asking(own, WEB)).out(), said -> said.contains("v1 "));
        }

        // By the name, which is one address, from a container on every host and from the service's own.
        var virtual = Await.until("the service's address", SOON, () -> named(askers.getFirst(), "web"), found -> found.size() == 1);
        assertThat(Await.until("those of its tasks", SOON, () -> named(askers.getFirst(), "tasks.web"), found -> found.size() == 2)).doesNotContainAnyElementsOf(virtual);
        for (Task from : askers) Await.until("web from " + from, SOON, () -> asked(from, "web", 8080), said -> said.contains("v1 "));
        for (Task from : web)
            for (int i = 0; i < 2; i++) Await.until("web from " + from + ", itself too", SOON, () -> asked(from, "web", 8080), said -> said.contains("v1 "));
        assertThat(asked(stranger, virtual.getFirst(), 8080)).as("from another network").doesNotContain("v1 ");
        Await.until("as a client of the port", SOON, () -> asked(stranger, cluster.hostOf(stranger).address(), WEB), said -> said.contains("v1 "));

        // Clients of those hosts that have a task may be led to it alone, and are then seen as they are.
        var own = clientsAddress(cluster.fleet().host(1));
        cli.run("service", "update", "-d", "--replicas", "1", "--label-add", "cardume.publish.local=only", "echo").ok();
        var here = cluster.hostOf(cluster.awaitRunning("echo", 1).getFirst());
        var others = cluster.fleet().hosts().stream().filter(each -> each != here).toList();
        Await.until("its own host leads to it", SOON, () -> said(here), said -> said.endsWith(" " + own));
        for (Host other : others) Await.until("no other does", SOON, () -> said(other), String::isEmpty);
        cli.run("service", "update", "-d", "--label-add", "cardume.publish.local=prefer", "echo").ok();
        for (Host other : others) Await.until("others do again", SOON, () -> said(other), said -> !said.isEmpty() && !said.endsWith(" " + own));
        Await.until("its own still does", SOON, () -> said(here), said -> said.endsWith(" " + own));

        // An agent dies: the kernel goes on. What changed meanwhile is so when it is back.
        var host = cluster.hostOf(web.getFirst());
        cluster.killAgent(host);
        Await.until("both in turn without it", SOON, () -> heard(host, 20).values(), counts -> List.copyOf(counts).equals(List.of(10, 10)));
        cli.run("service", "rm", "echo").ok();
        cluster.startAgent(host);
        cluster.awaitReady();
        Await.until("nobody answers for what is gone", SOON, () -> table(host), text -> !text.contains("" + ECHO));
        Await.until("both in turn with it", SOON, () -> heard(host, 20).values(), counts -> List.copyOf(counts).equals(List.of(10, 10)));

        cli.run("service", "scale", "-d", "web=5").ok();
        cluster.awaitRunning("web", 5);
        Await.until("five get the same", SOON, () -> heard(host, 100).values(), counts -> List.copyOf(counts).equals(List.of(20, 20, 20, 20, 20)));
        cli.run("service", "scale", "-d", "web=0").ok();
        Await.until("nobody is there: refused", SOON, () -> heard(host, 2), Map.of("Connection refused", 2)::equals);

        cli.run("service", "rm", "web", "asker", "stranger").ok();
        cli.run("network", "rm", "mesh", "aside").ok();
        Await.until("nothing is left", SOON, this::left, List::isEmpty);
    }

    /** The last one: what is lost with its host keeps its addresses for minutes, and networks with them. */
    @Test
    @Order(Integer.MAX_VALUE)
    void whoIsCutOffIsNamedAndToWhatIsGoneNobodyIsLed() {
        var first = cluster.fleet().host(1);
        var second = cluster.fleet().host(2);
        var gone = cluster.fleet().host(3);
        cli.run("network", "create", "--driver", "overlay", "mesh").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "web", "--network", "mesh", "--replicas", "3", "-p", WEB + ":8080", "cardume/web:1").ok();
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", "asker", "--mode", "global", "--network", "mesh", "cardume/web:2").ok();
        var lost = cluster.awaitRunning("web", 3).stream().filter(task -> cluster.hostOf(task) == gone).flatMap(task -> addresses(task).stream()).toList();
        assertThat(lost).as("addresses on mesh and ingress").hasSize(2);
        var askers = cluster.awaitRunning("asker", 3);
        for (Host host : List.of(first, second)) Await.until("all answer", SOON, () -> heard(host, 3).keySet(), all -> all.size() == 3);

        first.exec(CALL, "nft", "add table ip between; add chain ip between in { type filter hook input priority -300; };"
                + " add rule ip between in ip saddr " + second.address() + " udp dport 4789 drop").ok();
        try {
            gone.kill();
            Await.until("they do not reach each other, and both say so", Cluster.SETTLES,
                    () -> cluster.api().get("/networks/ingress/reachability").path("Unreached").findValuesAsText("FromHost").stream().sorted().toList(),
                    List.of(first.name(), second.name())::equals);
            for (Host host : List.of(first, second))
                assertThat(cluster.api().get("/nodes/" + host.name() + "/explain").path("Summary").asText())
                        .contains("does not reach " + (host == first ? second : first)).contains("is not reached by " + (host == first ? second : first));
        } finally {
            first.exec(CALL, "nft", "delete table ip between").ok();
        }
        Await.until("it is down", Cluster.SETTLES, cluster::nodes, nodes -> nodes.get(gone.name()).equals("down"));
        Await.until("others take over", Cluster.SETTLES, () -> cluster.living("web"), tasks -> tasks.size() == 3 && tasks.stream().allMatch(Task::runs));
        for (Host host : List.of(first, second)) {
            Await.until("no balancer leads to it", SOON, () -> table(host), text -> lost.stream().noneMatch(address -> text.contains(address + " ")));
            Await.until("who is asked answers", SOON, () -> heard(host, 6).values(), counts -> List.copyOf(counts).equals(List.of(2, 2, 2)));
        }
        for (Task asker : askers)
            if (cluster.hostOf(asker) != gone)
                Await.until("names for " + asker, SOON, () -> named(asker, "tasks.web"), found -> found.size() == 3 && Collections.disjoint(found, lost));

        cluster.startHost(gone);
        cluster.awaitReady();
        cli.run("service", "rm", "web", "asker").ok();
        Await.until("the network goes", SOON, () -> cli.run("network", "rm", "mesh").exit() == 0);
    }

    /** A task's addresses on its networks. */
    private List<String> addresses(Task task) {
        return Cluster.stream(cluster.api().get("/tasks/" + task.id()).path("NetworksAttachments"))
                .map(attached -> attached.path("Addresses").path(0).asText().replaceAll("/.*", "")).toList();
    }

    @Test
    void aPortOfAnotherProcessStaysItsOwnAndItsNameIsSaid() {
        var host = cluster.fleet().host(2);
        var other = host.run("other", List.of("busybox", "nc", "-ll", "-p", "18081", "-e", "sh", "-c", "read line; read end; echo mine"));
        try {
            cli.run("service", "create", "-d", "--no-resolve-image", "--name", "late", "--replicas", "1", "-p", "18081:8080", "cardume/web:1").ok();
            cluster.awaitRunning("late", 1);
            Await.until("the others answer", SOON, () -> heard(cluster.fleet().host(1), 18_081, 2).keySet().toString(), text -> text.contains("v1 "));
            Await.until("its own port is the other process's", SOON, () -> heard(host, 18_081, 2), Map.of("mine", 2)::equals);
        } finally {
            other.kill();
        }
        Await.until("it is free, and answers", SOON, () -> heard(host, 18_081, 2).keySet().toString(), text -> text.contains("v1 "));
        cli.run("service", "rm", "late").ok();
        Await.until("nothing is left", SOON, this::left, List::isEmpty);
    }

    /** Who answers how often to so many connections, one after the other, to the port of web. */
    private static Map<String, Integer> heard(Host host, int times) {
        return heard(host, WEB, times);
    }

    private static Map<String, Integer> heard(Host host, int port, int times) {
        var counts = new TreeMap<String, Integer>();
        for (int i = 0; i < times; i++) {
            String answer;
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(host.address(), port), 5_000);
                socket.setSoTimeout(30_000);
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                var lines = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split("\n");
                answer = lines[lines.length - 1].strip();
            } catch (IOException e) {
                answer = String.valueOf(e.getMessage());
            }
            counts.merge(answer, 1, Integer::sum);
        }
        return counts;
    }

    /** The slot of the task that answers over UDP; "" if none does. */
    private static String slot(Host host) {
        return said(host).split(" ")[0];
    }

    /** What is answered over UDP: a slot, and who has asked as the task sees it; "" if nothing is. */
    private static String said(Host host) {
        try (var socket = new DatagramSocket()) {
            socket.connect(InetAddress.getByName(host.address()), ECHO);
            socket.setSoTimeout(1_000);
            socket.send(new DatagramPacket(new byte[1], 1));
            var answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** The address this machine asks a host from. */
    private static String clientsAddress(Host host) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(InetAddress.getByName(host.address()), ECHO);
            return socket.getLocalAddress().getHostAddress();
        }
    }

    private static String asking(String address, int port) {
        return "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 3 " + address + " " + port;
    }

    /** What a task hears from a port of an address; "" if nothing answers. */
    private String asked(Task from, String address, int port) {
        return engine(from).run(CALL, "exec", from.container(), "sh", "-c", asking(address, port)).out();
    }

    /** The addresses a name leads to for a task. */
    private List<String> named(Task from, String name) {
        return Arrays.stream(engine(from).run(CALL, "exec", from.container(), "/bin/busybox", "nslookup", "-type=a", name).out().split("\n"))
                .filter(line -> line.startsWith("Address: ")).map(line -> line.substring("Address: ".length()).strip()).toList();
    }

    private Cli engine(Task of) {
        return cli.at("unix://" + cluster.hostOf(of).socket());
    }

    private static String table(Host host) {
        return host.exec(CALL, "nft", "list", "ruleset").ok().out();
    }

    /** What a host has of networks and balancers. */
    private List<String> left() {
        var found = new ArrayList<String>();
        for (Host host : cluster.fleet().hosts()) {
            host.exec(CALL, "ip", "-br", "link").ok().lines().stream().filter(line -> line.startsWith("cdm")).map(line -> host + ": " + line).forEach(found::add);
            table(host).lines().filter(line -> line.contains("table ip cardume") || line.contains("CARDUME")).map(line -> host + ": " + line).forEach(found::add);
        }
        return found;
    }
}
