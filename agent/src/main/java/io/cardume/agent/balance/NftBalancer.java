package io.cardume.agent.balance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.agent.net.Overlay;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.Subnet;
import io.cardume.api.link.PortTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Balancers of the kernel: one table of nftables a cluster, in which a change replaces only what is different, in one
 * transaction. The kernel does the work, so it goes on without the agent.
 */
public final class NftBalancer implements Balancer {
    /** The process of this host that has a TCP port, as a phrase; empty if it cannot be seen. */
    public static Optional<String> owner(int port) {
        return new PortOwners(Path.of("/proc")).of(new Published("tcp", port));
    }

    private static final Logger LOG = LoggerFactory.getLogger(NftBalancer.class);
    /** So many kinds of conversations are forgotten without a look at which there are. */
    private static final int FEW = 16;
    private static final int TRIES = 5;
    /** Who is there answers the beginning of a connection much sooner; who begins one tries again after a second. */
    private static final Duration ANSWERED = Duration.ofMillis(500);
    private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4/conf");

    private record Made(ClusterId cluster, Ruleset rules, Balances balances) {}

    private final Commands commands;
    private final Passage passage;
    private final PublishedPorts ports = new PublishedPorts();
    private final Optional<String> obstacle;
    private final Duration answered;
    private Optional<Made> made = Optional.empty();
    private boolean loopback;
    /** Who looks for connections that nobody answers. */
    private Optional<Thread> looking = Optional.empty();
    /** Whether something has been lost since that one began. */
    private boolean lostSince;

    /** Looks whether it can, by having the kernel check a table. */
    public NftBalancer() {
        this(new Commands(List.of()));
    }

    NftBalancer(Commands commands) {
        this(commands, ANSWERED);
    }

    /** @param answered how long a connection has to be answered that leads to who is not led to any more */
    NftBalancer(Commands commands, Duration answered) {
        this.commands = commands;
        this.answered = answered;
        this.passage = new Passage(commands);
        this.obstacle = tried();
    }

    private Optional<String> tried() {
        var one = Ipv4.parse("192.0.2.1");
        var link = new Balances.Link(1, "cdmtry", true, true, Subnet.parse("192.0.2.0/24"), one);
        var both = List.of(one, one.plus(1));
        var ports = new TreeMap<Published, Balances.Port>();
        var targets = both.stream().map(address -> new Balances.Target(address, 80)).toList();
        ports.put(new Published("tcp", 80), new Balances.Port(targets, targets));
        var trial = Rules.of(new Balances(List.of(link), List.of(new Balances.Virtual("try", 1, one.plus(2), both)), ports), true);
        try {
            commands.must(trial.whole("cardume_try"), "nft", "-c", "-f", "-");
            commands.must("", "conntrack", "--version");
            commands.must("", "iptables", "--version");
            return Optional.empty();
        } catch (LinkException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public Optional<String> obstacle() {
        return obstacle;
    }

    @Override
    public synchronized List<PortTrouble> balance(ClusterId cluster, Balances balances, boolean look) throws LinkException {
        if (obstacle.isPresent()) return List.of();
        if (made.filter(before -> !before.cluster().equals(cluster)).isPresent()) made = Optional.empty();
        var troubles = ports.hold(new TreeSet<>(balances.ports().keySet()));
        var taken = new TreeSet<String>();
        troubles.forEach(trouble -> taken.add(trouble.about()));
        var wanted = balances.without(balances.ports().keySet().stream().filter(port -> taken.contains(port.toString())).toList());
        ports.lead(wanted.ports());
        if (wanted.isEmpty()) {
            if (look || made.isPresent()) remove(cluster);
            made = Optional.empty();
            return troubles;
        }
        boolean settle = look || made.isEmpty() || !made.get().balances().links().equals(wanted.links());
        if (settle) {
            passage.open(cluster);
            loopback = settings(wanted);
        }
        var rules = Rules.of(wanted, loopback);
        var before = replace(cluster, rules, look);
        if (wanted.leadsBeyond(before.filter(_ -> !look).orElse(Balances.none()))) hairpins(wanted);
        if (before.isEmpty() || before.get().leadsBeyond(wanted)) lookForUnanswered(wanted);
        forget(before, wanted);
        // Last, so that in case of doubt the next one does all of it.
        made = Optional.of(new Made(cluster, rules, wanted));
        return troubles;
    }

    /** Has the table be so; what the kernel led by until now, if that is known. */
    private Optional<Balances> replace(ClusterId cluster, Ruleset rules, boolean look) throws LinkException {
        var table = table(cluster);
        var before = made;
        if (before.isPresent() && look && !Ruleset.marked(commands.run("", "nft", "list", "chain", "ip", table, before.get().rules().mark()).out())) {
            LOG.info("the table of the balancers is not as it was left; it is made anew");
            before = Optional.empty();
        }
        if (before.isPresent() && before.get().rules().equals(rules)) return before.map(Made::balances);
        made = Optional.empty();
        if (before.isPresent()) {
            if (commands.run(rules.since(before.get().rules(), table), "nft", "-f", "-").exit() == 0) return before.map(Made::balances);
            LOG.info("the table of the balancers does not take a change; it is made anew");
        }
        commands.must(rules.whole(table), "nft", "-f", "-");
        return Optional.empty();
    }

    /** Lets the host's own 127.0.0.1 reach published ports; whether that may be. */
    private static boolean settings(Balances wanted) {
        if (wanted.ingress().isEmpty()) return false;
        var bridge = SETTINGS.resolve(wanted.ingress().get().bridge());
        try {
            // A task's answer may leave by another of its networks.
            if (Files.readString(SETTINGS.resolve("all/rp_filter")).strip().equals("1") || Files.readString(bridge.resolve("rp_filter")).strip().equals("1"))
                for (Balances.Link link : wanted.links()) Files.writeString(SETTINGS.resolve(link.bridge()).resolve("rp_filter"), "2");
            if (!Files.readString(bridge.resolve("route_localnet")).strip().equals("1")) Files.writeString(bridge.resolve("route_localnet"), "1");
            return true;
        } catch (IOException e) {
            LOG.debug("settings of {}: {}", bridge, e.getMessage());
            return false;
        }
    }

    /** A task may be led to itself: its bridge sends it back what came from it. */
    private void hairpins(Balances wanted) throws LinkException {
        SortedSet<String> bridges = new TreeSet<>();
        wanted.links().forEach(link -> bridges.add(link.bridge()));
        var devices = new TreeSet<String>();
        wanted.links().forEach(link -> devices.add(Overlay.device(link.vni())));
        var batch = new StringBuilder();
        for (JsonNode port : commands.json("bridge", "-j", "-d", "link", "show"))
            if (bridges.contains(port.path("master").asText()) && !devices.contains(port.path("ifname").asText()) && !port.path("hairpin").asBoolean())
                batch.append("link set dev ").append(port.path("ifname").asText()).append(" hairpin on\n");
        if (!batch.isEmpty()) commands.run(batch.toString(), "bridge", "-force", "-batch", "-");
    }

    /**
     * Connections that were begun with who is not led to any more and is not there to answer begin anew, a little later: the kernel
     * would lead them there as long as the client tries, for two minutes. Those that are answered go on.
     */
    private void lookForUnanswered(Balances wanted) {
        lostSince = looking.isPresent();
        if (lostSince) return;
        looking = Optional.of(Thread.ofVirtual().name("unanswered").unstarted(() -> lookForUnansweredSince(wanted)));
        looking.get().start();
    }

    private void lookForUnansweredSince(Balances wanted) {
        var then = Optional.of(wanted);
        while (then.isPresent()) {
            LockSupport.parkNanos(answered.toNanos());
            if (Thread.currentThread().isInterrupted()) return;
            try {
                beginAnew(then.get());
            } catch (LinkException e) {
                if (Thread.currentThread().isInterrupted()) return;
                LOG.info("connections that nobody answers may wait for long: {}", e.getMessage());
            }
            then = lostMeanwhile();
        }
    }

    /** What is led now, if something has been lost since the last look began; if not, that look was the last one. */
    private synchronized Optional<Balances> lostMeanwhile() {
        var now = lostSince ? made.map(Made::balances) : Optional.<Balances>empty();
        lostSince = false;
        if (now.isEmpty()) looking = Optional.empty();
        return now;
    }

    /** @param then what was led a little earlier already: who has been lost only since then may still answer */
    private void beginAnew(Balances then) throws LinkException {
        Optional<Balances> now;
        synchronized (this) {
            now = made.map(Made::balances);
        }
        if (now.isEmpty()) return;
        var found = new TreeSet<String>();
        var lost = Flow.unanswered(then);
        var stillLost = Flow.unanswered(now.get());
        commands.lines(line -> lost.apply(line).flatMap(_ -> stillLost.apply(line)).ifPresent(found::add), "conntrack", "-L", "-p", "tcp", "--state", "SYN_SENT");
        for (String filter : found) forget("tcp --state SYN_SENT " + filter);
    }

    /** Conversations over UDP that lead to who is not led to any more begin anew. */
    private void forget(Optional<Balances> before, Balances wanted) throws LinkException {
        var lost = before.map(wanted::lostUdp).orElse(new TreeSet<>());
        if (before.isPresent() && !wanted.beginUdp(before.get()) && lost.size() <= FEW) {
            for (String filter : lost) forget("udp " + filter);
            return;
        }
        if (lost.isEmpty() && !wanted.leadUdp()) return;
        // The list may be long: of what is in it only the kinds are kept.
        var found = new TreeSet<String>();
        var stale = Flow.stale(wanted, own(), lost);
        commands.lines(line -> stale.apply(line).ifPresent(found::add), "conntrack", "-L", "-p", "udp");
        for (String filter : found) forget("udp " + filter);
    }

    private void forget(String filter) throws LinkException {
        for (int i = 0; i < TRIES; i++) {
            // It fails if there are none, too; and stops at one that ends by itself at that moment.
            var said = commands.unheard(("conntrack -D -p " + filter).split(" "));
            if (said.exit() == 0 || said.err().contains("entries have been deleted")) return;
            if (i == TRIES - 1) throw new LinkException("`conntrack -D -p " + filter + "` failed: " + said.err().strip());
        }
    }

    /** This host's own addresses. */
    private Set<Ipv4> own() throws LinkException {
        var own = new TreeSet<Ipv4>();
        for (JsonNode route : commands.json("ip", "-j", "-4", "route", "show", "table", "local", "type", "local")) Ipv4.of(route.path("dst").asText()).ifPresent(own::add);
        return own;
    }

    @Override
    public synchronized void end(ClusterId cluster) throws LinkException {
        if (obstacle.isPresent()) return;
        if (made.filter(before -> before.cluster().equals(cluster)).isPresent()) {
            made = Optional.empty();
            ports.hold(new TreeSet<>());
        }
        remove(cluster);
    }

    private void remove(ClusterId cluster) throws LinkException {
        if (commands.must("", "nft", "list", "tables").lines().anyMatch(line -> line.equals("table ip " + table(cluster))))
            commands.must("", "nft", "delete", "table", "ip", table(cluster));
        passage.close(cluster);
    }

    @Override
    public synchronized void close() {
        looking.ifPresent(Thread::interrupt);
        ports.close();
    }

    private static String table(ClusterId cluster) {
        return "cardume_" + cluster;
    }
}
