package io.cardume.agent;

import io.cardume.agent.balance.Balancer;
import io.cardume.agent.balance.NftBalancer;
import io.cardume.agent.door.Door;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.DockerEngine;
import io.cardume.agent.engine.DockerSettings;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.files.HostFiles;
import io.cardume.agent.link.Credentials;
import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.ManagerAddress;
import io.cardume.agent.link.ManagerLink;
import io.cardume.agent.link.Membership;
import io.cardume.agent.loop.AgentLoop;
import io.cardume.agent.loop.Balancing;
import io.cardume.agent.loop.HostNetworks;
import io.cardume.agent.loop.LoopSettings;
import io.cardume.agent.loop.Outbox;
import io.cardume.agent.loop.ProbeChecks;
import io.cardume.agent.names.NameServer;
import io.cardume.agent.net.HostLinks;
import io.cardume.agent.net.IpLinks;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.ClusterId;
import io.cardume.api.GenericResource;
import io.cardume.api.GenericResources;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running agent: keeps its node's tasks running on the local engine, and a manager told of them. */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Path SECRETS = Path.of("/run/cardume");
    private static final Duration DRAIN_LIMIT = Duration.ofMinutes(2);
    private static final Duration DESCRIBE = Duration.ofSeconds(30);
    private static final Duration DESCRIBE_AGAIN = Duration.ofMillis(300);

    private final AgentSettings settings;
    private final ContainerEngine engine;
    private final Membership membership;
    /** Why this host is not part of networks that span the hosts, if it is not. */
    private final Optional<String> obstacle;
    private final HostNetworks networks;
    private final AgentLoop loop;
    private final ManagerLink link;
    private final Credentials credentials;
    private final Ear ear = new Ear();
    private final Clock clock;
    private final CompletableFuture<ClusterId> joined = new CompletableFuture<>();
    private volatile Optional<NodeDescription> described = Optional.empty();

    private Agent(AgentSettings settings, ContainerEngine engine, Membership membership, HostLinks links, Balancer balancer, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.engine = engine;
        this.membership = membership;
        this.obstacle = links.obstacle().or(balancer::obstacle);
        this.networks = new HostNetworks(engine, links, NameServer.ofHost(), membership.node(),
                new Balancing(balancer, new Door(settings.door(), NftBalancer::owner), membership.node(), new Sayer()), membership.ended());
        this.loop = new AgentLoop(
                engine, files(settings, membership), new ProbeChecks(engine, clock), membership, new Sayer(), LoopSettings.DEFAULT, clock,
                networks);
        var managers = settings.managers().stream()
                .map(address -> ManagerAddress.of(address.getHostString(), address.getPort()))
                .toList();
        this.credentials = new Credentials(membership.identity(), new Sayer()::say);
        this.link = new ManagerLink(managers, this::dial, this::sign, ear, clock);
    }

    /**
     * Starts an agent; it returns without waiting for engine or manager.
     *
     * @throws IOException if the data directory cannot be used
     */
    public static Agent start(AgentSettings settings) throws IOException {
        return start(settings, new DockerEngine(DockerSettings.at(settings.dockerHost().toString())));
    }

    /** Starts an agent on an engine, which is closed with it. */
    public static Agent start(AgentSettings settings, ContainerEngine engine) throws IOException {
        var membership = Membership.at(settings.dataDir(), settings.nodeId()).alone();
        var links = new IpLinks();
        var balancer = new NftBalancer();
        links.obstacle().or(balancer::obstacle).ifPresent(why -> LOG.warn("services on networks across hosts are not placed on this host: {}", why));
        engine.unseen().ifPresent(why -> LOG.warn("who is connected to containers is not seen, each is stopped when its cardume.drain is over: {}", why));
        var agent = new Agent(settings, engine, membership, links, balancer, Clock.systemUTC());
        agent.networks.start();
        agent.loop.start();
        agent.link.start();
        // A node whose agent cannot decide must look like a lost one, not like a healthy one.
        agent.loop.failure().thenAccept(_ -> Thread.ofVirtual().start(agent.link::close));
        return agent;
    }

    /** Secrets never lie in the data directory, which may be on a disk and in backups. */
    private static HostFiles files(AgentSettings settings, Membership membership) {
        return new HostFiles(settings.dataDir().toAbsolutePath().resolve("configs"), SECRETS.resolve(membership.node().value()));
    }

    /** The node's id. */
    public NodeId node() {
        return membership.node();
    }

    /** Completes if the agent has broken and decides nothing any more; containers stay as they are. */
    public CompletableFuture<RuntimeException> failure() {
        return loop.failure();
    }

    /**
     * Waits until a manager has let the agent in.
     *
     * @throws JoinRefused if the first manager that answered did not; the agent goes on asking until it is closed
     * @throws TimeoutException if none answered in time; the agent goes on asking until it is closed
     */
    public ClusterId awaitJoined(Duration limit) throws JoinRefused, TimeoutException, InterruptedException {
        try {
            return joined.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new JoinRefused(e.getCause().getMessage());
        }
    }

    /** Waits as long as it takes; otherwise as {@link #awaitJoined(Duration)}. */
    public ClusterId awaitJoined() throws JoinRefused, InterruptedException {
        try {
            return joined.get();
        } catch (ExecutionException e) {
            throw new JoinRefused(e.getCause().getMessage());
        }
    }

    /** Leaves its cluster, which is no more: its containers are removed, and the next join token is joined with. */
    public void leave() {
        membership.belongsTo().ifPresent(cluster -> loop.told(new ToAgent.ClusterEnded(cluster)));
    }

    /** Ends the agent; containers keep running unless the settings say otherwise. */
    @Override
    public void close() {
        if (settings.drain()) drain();
        end();
    }

    /** Stops all containers of the cluster, tells the manager, and ends the agent. */
    public void closeDraining() {
        drain();
        end();
    }

    private void end() {
        loop.close();
        networks.close();
        link.close();
        engine.close();
        try {
            membership.close();
        } catch (IOException e) {
            LOG.debug("the data directory's lock could not be given back", e);
        }
    }

    private void drain() {
        try {
            loop.drain().get(DRAIN_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.warn("containers still run after {} s, they are left as they are", DRAIN_LIMIT.toSeconds());
        } catch (ExecutionException e) {
            LOG.warn("draining failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private FromAgent.Heartbeat sign() {
        credentials.look();
        return loop.sign();
    }

    /** With its certificate; without one with the token, which says whom it may be shown to. */
    private ManagerLink.Dial dial() throws IOException {
        var description = describe();
        var held = membership.identity().held();
        if (held.isPresent()) return new ManagerLink.Dial(hello("", description, Pem.of(membership.identity().asked())), ManagerTls.of(held.get(), clock), false);
        var key = Pem.of(keptKey());
        var text = settings.token().read();
        if (text.isBlank()) throw new IOException("there is no join token yet");
        try {
            var token = JoinToken.parse(text);
            return new ManagerLink.Dial(hello(token.text(), description, key), ManagerTls.of(token, clock), true);
        } catch (IllegalArgumentException e) {
            ear.refused(e.getMessage());
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Whoever cannot keep a key and a certificate would be let in with a key of which nothing remains, and its node be nobody's. */
    private PublicKey keptKey() throws IOException {
        try {
            return membership.identity().askedFirst();
        } catch (IOException e) {
            var words = "the data directory " + settings.dataDir() + " cannot be written, so the node's certificate could not be kept there: " + e;
            ear.refused(words);
            throw new IOException(words, e);
        }
    }

    private FromAgent.Hello hello(String token, NodeDescription description, String key) {
        return new FromAgent.Hello(token, membership.node(), membership.cluster(), description, settings.advertise().orElse(""), key);
    }

    /**
     * The host as the engine describes it. Once it is known, an engine that is slow or away does not keep the agent from
     * its manager, who would take the node for lost: what it says late is used at the next connection.
     */
    private NodeDescription describe() throws IOException {
        var asked = new CompletableFuture<NodeDescription>();
        Thread.ofVirtual().name("describe").start(() -> {
            try {
                described = Optional.of(named(engine.describe()));
                asked.complete(described.get());
            } catch (EngineException | RuntimeException e) {
                asked.completeExceptionally(e);
            }
        });
        boolean known = described.isPresent();
        try {
            return asked.get((known ? DESCRIBE_AGAIN : DESCRIBE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (known) return described.get();
            throw new IOException("the engine cannot be asked: " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            if (known) return described.get();
            throw new IOException("the engine does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private NodeDescription named(NodeDescription host) {
        var labels = new TreeMap<>(host.engineLabels());
        labels.putAll(settings.labels());
        var plugins = new TreeSet<>(host.plugins());
        plugins.add(NodeDescription.OVERLAY);
        obstacle.ifPresent(why -> {
            plugins.remove(NodeDescription.OVERLAY);
            labels.put(NodeDescription.NO_OVERLAY, why);
        });
        engine.unseen().ifPresent(why -> labels.put(NodeDescription.NO_DRAIN, why));
        return new NodeDescription(
                settings.name().filter(name -> !name.isEmpty()).orElse(host.hostname()),
                host.platform(),
                host.nanoCpus(),
                host.memoryBytes(),
                host.engineVersion(),
                labels,
                List.copyOf(plugins),
                resources(host.genericResources()));
    }

    /** The engine's resources, but for those kinds the agent was told of itself. */
    private List<GenericResource> resources(List<GenericResource> ofEngine) {
        var told = GenericResources.counts(settings.resources()).keySet();
        var all = new ArrayList<>(settings.resources());
        ofEngine.stream().filter(one -> GenericResources.counts(List.of(one)).keySet().stream().noneMatch(told::contains)).forEach(all::add);
        return all;
    }

    /** Gives the loop's words to the link, which is built after it. */
    private final class Sayer implements Outbox {
        @Override
        public boolean say(FromAgent message) {
            return link.say(message);
        }

        @Override
        public boolean sayPatiently(FromAgent message) throws InterruptedException {
            return link.sayPatiently(message);
        }
    }

    /** Gives what the link hears to the loop, and notes how the first answer was. */
    private final class Ear implements LinkListener {
        /** Whether this node was told, before anything else, that nothing is to run on it: it was removed. */
        private boolean removed;

        @Override
        public void joined(ClusterId cluster) {
            removed = false;
            loop.joined(cluster);
            joined.complete(cluster);
        }

        @Override
        public void told(ToAgent message) {
            if (message instanceof ToAgent.Issued || message instanceof ToAgent.Roots || message instanceof ToAgent.RenewNow) {
                var trouble = credentials.told(message);
                if (trouble.isPresent() && membership.identity().held().isEmpty()) refused(trouble.get());
                return;
            }
            removed = message instanceof ToAgent.Assignment assignment
                    && assignment.base().isEmpty()
                    && assignment.tasks().isEmpty();
            loop.told(message);
        }

        @Override
        public void refused(String words) {
            loop.refused(words);
            if (!removed) joined.completeExceptionally(new JoinRefused(words));
            else if (!joined.isDone()) {
                // What runs here is replaced elsewhere: it is to be gone before the agent ends.
                loop.cleared()
                        .orTimeout(DRAIN_LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .whenComplete((_, _) -> joined.completeExceptionally(new JoinRefused(words)));
            }
        }

        @Override
        public void parted(Instant lastHeard) {
            loop.parted(lastHeard);
        }
    }
}
