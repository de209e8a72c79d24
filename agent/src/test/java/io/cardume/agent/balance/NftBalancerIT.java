package io.cardume.agent.balance;

import static io.cardume.agent.balance.Tables.backend;
import static io.cardume.agent.balance.Tables.balances;
import static io.cardume.agent.balance.Tables.local;
import static io.cardume.agent.balance.Tables.service;
import static io.cardume.agent.balance.Tables.tcp;
import static io.cardume.agent.balance.Tables.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import io.cardume.api.PortConfig;
import io.cardume.api.link.BalancedService;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The balancers in a kernel, with real connections: a network namespace is the host, one is a client of it, one holds the
 * tasks on the host's bridge, five addresses each of which answers with its own and the client's.
 */
class NftBalancerIT {
    private static final String ID = "cdmbal" + ProcessHandle.current().pid();
    private static final String HOST = ID + "h";
    private static final String CLIENT = ID + "c";
    private static final String TASKS = ID + "t";
    private static final ClusterId CLUSTER = new ClusterId("balancetestcluster0000000");
    private static final String TABLE = "cardume_" + CLUSTER;
    private static final Commands PLAIN = new Commands(List.of());
    private static final Commands ON_HOST = new Commands(List.of("ip", "netns", "exec", HOST));

    private static final String SERVER = """
            import socket, threading, time
            def line(here, who): return ('%s %s\\n' % (here, who[0])).encode()
            def tcp(s, here):
                while True:
                    c, who = s.accept()
                    c.sendall(line(here, who))
                    threading.Thread(target=echo, args=(c,), daemon=True).start()
            def echo(c):
                while True:
                    data = c.recv(100)
                    if not data: break
                    c.sendall(data)
                c.close()
            def udp(s, here):
                while True:
                    _, who = s.recvfrom(100)
                    s.sendto(line(here, who), who)
            for i in range(5):
                here = '10.9.0.%d' % (11 + i)
                t = socket.socket(); t.bind((here, 80)); t.listen(1000)
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind((here, 80))
                threading.Thread(target=tcp, args=(t, here), daemon=True).start()
                threading.Thread(target=udp, args=(u, here), daemon=True).start()
            print('ready', flush=True)
            input()
            """;

    /** Reads words to do, a line each, and says what came of each in a line. */
    private static final String ASKER = """
            import socket, sys, collections, select
            kept = begun = None
            for words in sys.stdin:
                word, address, port, times = words.split()
                count = collections.Counter()
                if word == 'keep':
                    kept = socket.create_connection((address, int(port)), 30); kept.settimeout(30); print(kept.recv(100).decode().split()[0], flush=True); continue
                if word == 'begin':
                    begun = socket.socket(); begun.setblocking(False); begun.connect_ex((address, int(port))); print('begun', flush=True); continue
                if word == 'begun':
                    begun.settimeout(30)
                    try:
                        if not select.select([], [begun], [], 30)[1]: raise TimeoutError()
                        print(begun.recv(100).decode().split()[0], flush=True)
                    except OSError as e: print(type(e).__name__, flush=True)
                    continue
                if word == 'kept':
                    kept.sendall(b'still there'); print(kept.recv(100).decode(), flush=True); continue
                if word == 'talk':
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30); s.bind(('0.0.0.0', 7777))
                    s.sendto(b'x', (address, int(port)))
                    try: print(s.recv(100).decode().split()[0], flush=True)
                    except OSError as e: print(type(e).__name__, flush=True)
                    s.close(); continue
                for _ in range(int(times)):
                    try:
                        with socket.create_connection((address, int(port)), 30) as s:
                            s.settimeout(30)
                            count[s.recv(100).decode().split()[0 if word == 'who' else 1]] += 1
                    except OSError as e: count[type(e).__name__] += 1
                print(' '.join('%s=%d' % one for one in sorted(count.items())), flush=True)
            """;

    private static final List<Process> PROCESSES = new ArrayList<>();
    private static Asker client;
    private static Asker task;

    /** Someone who connects where it is told to. */
    private record Asker(Process process, BufferedReader said) {
        static Asker in(String namespace) throws IOException {
            var process = python(namespace, ASKER);
            return new Asker(process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
        }

        String does(String word, String address, int port, int times) throws IOException {
            process.getOutputStream().write((word + " " + address + " " + port + " " + times + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            return said.readLine();
        }
    }

    @BeforeAll
    static void hosts() throws Exception {
        for (var namespace : List.of(HOST, CLIENT, TASKS)) PLAIN.must("", "ip", "netns", "add", namespace);
        on(HOST, "link add cdmbr000100 type bridge");
        on(HOST, "link set cdmbr000100 up");
        on(HOST, "link set lo up");
        on(HOST, "addr add 10.9.0.1/16 dev cdmbr000100");
        on(HOST, "addr add 10.9.0.2/32 dev cdmbr000100");
        on(HOST, "link add tasks type veth peer name eth0 netns " + TASKS);
        on(HOST, "link set tasks master cdmbr000100 up");
        for (int i = 0; i < 5; i++) on(TASKS, "addr add 10.9.0.1" + (i + 1) + "/16 dev eth0");
        on(TASKS, "link set eth0 up");
        on(TASKS, "link set lo up");
        on(TASKS, "route add default via 10.9.0.1");
        on(HOST, "link add outside type veth peer name eth0 netns " + CLIENT);
        on(HOST, "addr add 192.0.2.1/24 dev outside");
        on(HOST, "link set outside up");
        on(CLIENT, "addr add 192.0.2.9/24 dev eth0");
        on(CLIENT, "link set eth0 up");
        for (var virtual : List.of("10.9.200.1", "10.9.200.2"))
            on(HOST, "route add local " + virtual + " dev cdmbr000100 src 10.9.0.2 table local");
        ON_HOST.must("", "sysctl", "-qw", "net.ipv4.ip_forward=1");
        // As engines leave it: nothing passes that no rule lets through.
        ON_HOST.must("", "iptables", "-P", "FORWARD", "DROP");
        ON_HOST.must("", "iptables", "-N", "DOCKER-USER");
        ON_HOST.must("", "iptables", "-A", "DOCKER-USER", "-j", "RETURN");
        ON_HOST.must("", "iptables", "-A", "FORWARD", "-j", "DOCKER-USER");
        var server = python(TASKS, SERVER);
        assertThat(new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8)).readLine()).isEqualTo("ready");
        client = Asker.in(CLIENT);
        task = Asker.in(TASKS);
    }

    @AfterAll
    static void nothing() throws LinkException {
        PROCESSES.forEach(Process::destroyForcibly);
        for (var namespace : List.of(HOST, CLIENT, TASKS)) PLAIN.run("", "ip", "netns", "del", namespace);
    }

    private static void on(String namespace, String words) throws LinkException {
        PLAIN.must("", ("ip -n " + namespace + " " + words).split(" "));
    }

    private static Process python(String namespace, String program) throws IOException {
        var process = new ProcessBuilder("ip", "netns", "exec", namespace, "/usr/bin/python3", "-c", program)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        PROCESSES.add(process);
        return process;
    }

    private static String table() throws LinkException {
        // Counters' positions in a table are the kernel's own.
        return ON_HOST.must("", "nft", "-s", "list", "table", "ip", TABLE);
    }

    @Test
    void connectionsGoInTurnAndOnlyToBackends() throws Exception {
        try (var balancer = new NftBalancer(ON_HOST)) {
            assertThat(balancer.obstacle()).isEmpty();
            assertThat(balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", 5, tcp(18080), udp(18053))), true)).isEmpty();
            var even = "10.9.0.11=200 10.9.0.12=200 10.9.0.13=200 10.9.0.14=200 10.9.0.15=200";
            assertThat(client.does("who", "192.0.2.1", 18080, 1_000)).isEqualTo(even);
            assertThat(task.does("who", "10.9.200.1", 80, 10)).isEqualTo(even.replace("200", "2"));
            assertThat(client.does("from", "192.0.2.1", 18080, 2)).isEqualTo("10.9.0.2=2");

            // One that is taken out gets nothing new; what it is at goes on, but for packets that begin nothing and end nothing.
            var kept = client.does("keep", "192.0.2.1", 18080, 1);
            var talked = client.does("talk", "192.0.2.1", 18053, 1);
            var stay = new ArrayList<BalancedService.Backend>();
            for (int i = 0; i < 5; i++) if (!List.of(kept, talked).contains("10.9.0.1" + (i + 1))) stay.add(backend("web", i));
            balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", stay, tcp(18080), udp(18053))), false);
            assertThat(client.does("who", "192.0.2.1", 18080, 300)).doesNotContain(kept).doesNotContain(talked);
            assertThat(client.does("kept", "192.0.2.1", 18080, 1)).isEqualTo("still there");
            assertThat(client.does("talk", "192.0.2.1", 18053, 1)).startsWith("10.9.0.1").isNotEqualTo(talked);

            // Nobody is left: refused, at once and in words of the protocol.
            balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", 0, tcp(18080), udp(18053))), false);
            assertThat(client.does("who", "192.0.2.1", 18080, 3)).isEqualTo("ConnectionRefusedError=3");
            assertThat(task.does("who", "10.9.200.1", 80, 3)).isEqualTo("ConnectionRefusedError=3");

            balancer.end(CLUSTER);
            assertThat(ON_HOST.must("", "nft", "list", "tables")).doesNotContain(TABLE);
            assertThat(ON_HOST.must("", "iptables", "-S")).doesNotContain("CARDUME");
        }
    }

    @Test
    void whoBeganWithOneThatIsGoneIsLedToAnother() throws Exception {
        // As a container that was killed on another host: packets to it are lost without a word.
        on(HOST, "neigh replace 10.9.0.16 lladdr 02:00:00:00:00:16 dev cdmbr000100 nud permanent");
        try (var balancer = new NftBalancer(ON_HOST)) {
            for (var stay : List.of(List.of(backend("web", 0)), List.<BalancedService.Backend>of())) {
                balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", List.of(backend("web", 5)), tcp(18085))), true);
                assertThat(client.does("begin", "192.0.2.1", 18085, 1)).isEqualTo("begun");
                assertThat(task.does("begin", "10.9.200.1", 80, 1)).isEqualTo("begun");
                balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", stay, tcp(18085))), false);
                var there = stay.isEmpty() ? "ConnectionRefusedError" : "10.9.0.11";
                assertThat(client.does("begun", "192.0.2.1", 18085, 1)).isEqualTo(there);
                assertThat(task.does("begun", "10.9.200.1", 80, 1)).isEqualTo(there);
            }
            balancer.end(CLUSTER);
        }
        on(HOST, "neigh del 10.9.0.16 dev cdmbr000100");
    }

    @Test
    void whatNobodyServesGoesToNoContainerThatHasThePort() throws Exception {
        on(CLIENT, "route add 10.9.200.1/32 via 192.0.2.1");
        // As an engine publishes a port: on all of the host's addresses, and the services' are among them.
        var published = "PREROUTING -t nat -m addrtype --dst-type LOCAL -p tcp --dport 80 -j DNAT --to-destination 10.9.0.15:80".split(" ");
        ON_HOST.must("", Stream.concat(Stream.of("iptables", "-A"), Stream.of(published)).toArray(String[]::new));
        try (var balancer = new NftBalancer(ON_HOST)) {
            for (int tasks : List.of(0, 2)) {
                balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", tasks, tcp(18086))), true);
                assertThat(client.does("who", "192.0.2.1", 80, 2)).as("the engine's").isEqualTo("10.9.0.15=2");
                assertThat(client.does("who", "10.9.200.1", 80, 2)).as("a service's with %s tasks, from where it is not led to", tasks).isEqualTo("ConnectionRefusedError=2");
            }
            assertThat(task.does("who", "10.9.200.1", 80, 2)).isEqualTo("10.9.0.11=1 10.9.0.12=1");
            balancer.end(CLUSTER);
        } finally {
            ON_HOST.must("", Stream.concat(Stream.of("iptables", "-D"), Stream.of(published)).toArray(String[]::new));
            on(CLIENT, "route del 10.9.200.1/32");
        }
    }

    @Test
    void localBackendSeesTheClient() throws Exception {
        try (var balancer = new NftBalancer(ON_HOST)) {
            balancer.balance(CLUSTER, balances(local(service("near", "10.9.200.1", 3, tcp(18081)), "prefer")), true);
            assertThat(client.does("who", "192.0.2.1", 18081, 5)).isEqualTo("10.9.0.11=5");
            assertThat(client.does("from", "192.0.2.1", 18081, 5)).isEqualTo("192.0.2.9=5");
            assertThat(task.does("from", "192.0.2.1", 18081, 5)).isEqualTo("10.9.0.2=5");
            balancer.end(CLUSTER);
        }
    }

    @Test
    void tableThatWasLostOrIsOfAnEarlierAgentIsMadeAnew() throws Exception {
        var wanted = balances(service("web", "10.9.200.1", 2, tcp(18082)));
        try (var balancer = new NftBalancer(ON_HOST)) {
            balancer.balance(CLUSTER, wanted, true);
        }
        // Its agent is gone, its balancers work.
        assertThat(client.does("who", "192.0.2.1", 18082, 10)).isEqualTo("10.9.0.11=5 10.9.0.12=5");
        try (var balancer = new NftBalancer(ON_HOST)) {
            balancer.balance(CLUSTER, balances(service("web", "10.9.200.1", 1, tcp(18082))), true);
            assertThat(client.does("who", "192.0.2.1", 18082, 10)).isEqualTo("10.9.0.11=10");
            ON_HOST.must("", "nft", "delete", "table", "ip", TABLE);
            balancer.balance(CLUSTER, wanted, false);
            balancer.balance(CLUSTER, wanted, true);
            assertThat(client.does("who", "192.0.2.1", 18082, 10)).isEqualTo("10.9.0.11=5 10.9.0.12=5");
            // Of a table that is flushed the chains and sets are left.
            ON_HOST.must("", "nft", "flush", "table", "ip", TABLE);
            balancer.balance(CLUSTER, wanted, true);
            assertThat(client.does("who", "192.0.2.1", 18082, 10)).isEqualTo("10.9.0.11=5 10.9.0.12=5");
            balancer.end(CLUSTER);
        }
    }

    @Test
    void rulesOfTheHostsOwnerComeBeforeOurs() throws Exception {
        try (var balancer = new NftBalancer(ON_HOST)) {
            var wanted = balances(service("web", "10.9.200.1", 2, tcp(18084)));
            balancer.balance(CLUSTER, wanted, true);
            ON_HOST.must("", "iptables", "-I", "DOCKER-USER", "2", "-s", "192.0.2.9/32", "-j", "DROP");
            balancer.balance(CLUSTER, wanted, true);
            assertThat(ON_HOST.must("", "iptables", "-S", "DOCKER-USER").lines()).hasSize(4)
                    .startsWith("-N DOCKER-USER", "-A DOCKER-USER -s 192.0.2.9/32 -j DROP").endsWith("-A DOCKER-USER -j RETURN");
            ON_HOST.must("", "iptables", "-D", "DOCKER-USER", "1");
            assertThat(client.does("who", "192.0.2.1", 18084, 10)).isEqualTo("10.9.0.11=5 10.9.0.12=5");
            balancer.end(CLUSTER);
        }
    }

    @Test
    void portOfAnotherProcessIsItsOwn() throws Exception {
        var other = new ServerSocket(0);
        try (var balancer = new NftBalancer(ON_HOST)) {
            int port = other.getLocalPort();
            var wanted = balances(service("web", "10.9.200.1", 2, tcp(port), tcp(18083)));
            assertThat(balancer.balance(CLUSTER, wanted, true)).singleElement().satisfies(trouble -> assertThat(trouble.words())
                    .startsWith("port " + port + "/tcp is taken on this host by ").contains("process " + ProcessHandle.current().pid()));
            assertThat(table()).contains("18083").doesNotContain("tcp . " + port);
            other.close();
            assertThat(balancer.balance(CLUSTER, wanted, true)).isEmpty();
            assertThat(table()).contains("tcp . " + port);
            balancer.end(CLUSTER);
        }
    }

    @Test
    void differencesAddUpToTheWhole() throws Exception {
        var random = new Random(36);
        var before = Rules.of(some(random), true);
        ON_HOST.must(before.whole("cdm_sum"), "nft", "-f", "-");
        for (int i = 0; i < 20; i++) {
            var after = Rules.of(some(random), i % 2 == 0);
            ON_HOST.must(after.since(before, "cdm_sum"), "nft", "-f", "-");
            ON_HOST.must(after.whole("cdm_whole"), "nft", "-f", "-");
            assertThat(sorted("cdm_sum")).isEqualTo(sorted("cdm_whole"));
            before = after;
        }
    }

    private static Balances some(Random random) {
        var services = new ArrayList<BalancedService>();
        for (int i = 0; i < 6; i++)
            if (random.nextInt(4) > 0) {
                var one = service("s" + i, "10.9.200." + i, random.nextInt(4), random.nextBoolean() ? new PortConfig[] {tcp(18090 + i)}
                        : new PortConfig[] {udp(18090 + i), tcp(18190 + i)});
                services.add(random.nextBoolean() ? one : local(one, "only"));
            }
        return balances(services.toArray(BalancedService[]::new));
    }

    /** A table's blocks in order of their names, sets with their elements in order: the kernel lists them as they were made. */
    private static String sorted(String table) throws LinkException {
        var blocks = new ArrayList<String>();
        for (var block : ON_HOST.must("", "nft", "-s", "list", "table", "ip", table).replace(table, "").split("\n(?=\t(set|map|chain) )")) {
            var one = block.replaceAll("[\\s{}]+", " ").strip();
            blocks.add(one.startsWith("chain") ? one : one.substring(0, one.indexOf(' ', 4)) + " " + Stream.of(one.split(",| elements = ")).map(String::strip).sorted().toList());
        }
        Collections.sort(blocks);
        return String.join("\n", blocks);
    }
}
