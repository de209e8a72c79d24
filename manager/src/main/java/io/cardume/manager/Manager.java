package io.cardume.manager;

import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.http.ApiAddress;
import io.cardume.manager.http.ApiServer;
import io.cardume.manager.http.Audit;
import io.cardume.manager.http.LockedServer;
import io.cardume.manager.link.AgentServer;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.LeaveCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.RatisStore;
import io.cardume.manager.store.Store;
import io.cardume.manager.store.StoreException;
import io.cardume.api.trust.Subject;
import io.cardume.manager.trust.ApiTls;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import io.cardume.manager.trust.Digits;
import io.cardume.manager.trust.Vault;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running manager: everything is built and wired here. */
public final class Manager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Manager.class);

    private final ManagerSettings settings;
    private final DataDirectory data;
    private final NodeId node;
    private final Keyring keys;
    private final Store store;
    private final ManagerLoop loop;
    private final CertificateAuthority authority;
    private final ClusterTls tls;
    private final AgentServer agents;
    private final Audit audit;
    private final boolean left;
    private final ApiServer api;
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final ExecutorService tokenFile = Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

    /**
     * Starts a manager; when it returns, the API answers and agents can join. Where there never was a cluster, one is
     * formed. A locked one waits until it is unlocked.
     *
     * @throws IOException if an address or the data directory cannot be used
     * @throws StoreException if the stored state cannot be read
     */
    public static Manager start(ManagerSettings settings) throws IOException, StoreException, InterruptedException {
        var data = new DataDirectory(settings.dataDir());
        if (data.isLeaving()) {
            LOG.warn("The cluster that was here was being left when the manager ended; this is gone on with");
            data.leave(data.keys());
        }
        var keys = data.keys();
        if (!keys.isLocked()) return new Manager(settings, data, keys, new Audit(data.audit()));
        return unlocked(settings, data, keys);
    }

    private static Manager unlocked(ManagerSettings settings, DataDirectory data, Keyring keys) throws IOException, StoreException, InterruptedException {
        LOG.warn("The manager is locked: its state is not read before \"docker swarm unlock\" on this host gives it the key, at {}."
                + " Agents keep their containers running meanwhile", settings.api().stream().filter(ApiAddress::isLocal).toList());
        var audit = new Audit(data.audit());
        try (var locked = new LockedServer(settings.api(), settings.limits(), audit, key -> unlock(keys, key))) {
            boolean left = locked.awaitUnlocked() == LockedServer.Way.LEFT;
            LOG.info(left ? "The cluster is left; the manager begins anew" : "The manager is unlocked");
            try {
                if (left) data.leave(keys);
                var manager = new Manager(settings, data, left ? data.keys() : keys, audit);
                locked.started();
                return manager;
            } catch (IOException | StoreException | RuntimeException e) {
                locked.failed(e);
                throw e;
            }
        }
    }

    private static boolean unlock(Keyring keys, String key) throws IOException {
        try {
            return keys.unlock(key);
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Whether a manager with these settings will wait for the unlock key when it is started. */
    public static boolean isLocked(ManagerSettings settings) throws IOException, StoreException {
        try (var keys = new DataDirectory(settings.dataDir()).keys()) {
            return keys.isLocked();
        }
    }

    private Manager(ManagerSettings settings, DataDirectory data, Keyring keys, Audit audit) throws IOException, StoreException, InterruptedException {
        this.left = data.hasLeft();
        this.settings = settings;
        this.data = data;
        this.node = settings.node().isPresent() ? settings.node().get() : data.nodeId();
        this.keys = keys;
        this.store = RatisStore.open(data.log(), keys, failure::complete);
        // New ids must differ even from those made after a backup that was put back, so each start has a seed of its own.
        this.loop = new ManagerLoop(new Planner(settings.liveness()), store, InstantSource.system(), Digits.fresh(),
                failure::complete);
        var vault = new Vault(keys.vaultKey());
        this.authority = new CertificateAuthority(() -> loop.published().authority(), vault, InstantSource.system());
        loop.subscribe(this::keepTokenFile);
        loop.start();
        if (loop.published().version() == 0) form();
        if (loop.published().authority().isEmpty())
            throw new IOException("the cluster in " + settings.dataDir() + " was formed by a version without certificates; start with another data directory");
        loop.published().cluster().ifPresent(this::writeTokenFile);
        this.tls = new ClusterTls(authority, this::asManager, () -> loop.published().authority().orElseThrow().nodeLife(), InstantSource.system()).keptFresh();
        this.agents = new AgentServer(loop, vault, authority, tls, settings.clusterAddress(), settings.heartbeat(), settings.limits());
        this.audit = audit;
        var tls = new ApiTls(authority, loop::published, names(), InstantSource.system());
        this.api = new ApiServer(loop, agents::follow, agents, vault, authority, tls, new KeyringLocking(keys, () -> loop.published().cluster().ifPresent(this::settleOwnToken)), audit, agents::port, this::founding,
                settings.api(), settings.apiGroup(), settings.limits());
        // Letting thousands of agents in again takes all processors for a while; users are answered before.
        try {
            agents.openDoor();
        } catch (RuntimeException e) {
            api.close();
            throw e;
        }
    }

    /** What clients may dial the API by. */
    private SortedSet<String> names() {
        var names = new TreeSet<>(settings.apiNames());
        names.addAll(List.of("localhost", "127.0.0.1", "::1", HostFacts.description().hostname(), settings.advertise().orElseGet(HostFacts::address)));
        for (ApiAddress address : settings.api())
            if (address instanceof ApiAddress.Tls(var host, _) && !List.of("0.0.0.0", "::").contains(host)) names.add(host);
        return names;
    }

    /** Whom agents know this manager by: that of the cluster there is, else of the one that was. */
    private Subject asManager() {
        var state = loop.published();
        var cluster = state.cluster().map(Cluster::id).or(() -> state.endedClusters().reversed().stream().findFirst());
        return new Subject(node.value(), Subject.MANAGER, cluster.map(ClusterId::value).orElse("none"));
    }

    /** What a new cluster of this manager is like. */
    private InitCluster founding(Optional<String> advertise) {
        var address = advertise.or(settings::advertise).orElseGet(HostFacts::address);
        var availability = settings.runsTasks() ? Node.Availability.ACTIVE : Node.Availability.DRAIN;
        var from = loop.published().authority().map(now -> now.rotated(Instant.now())).orElseGet(authority::found);
        return new InitCluster(node, HostFacts.description(), address, availability, CertificateAuthority.newToken(from),
                CertificateAuthority.newToken(from), settings.addresses(), Optional.of(from));
    }

    private void form() throws IOException, InterruptedException {
        Command<?> command = left ? ended(founding(Optional.empty())) : founding(Optional.empty());
        try {
            loop.submit(command).get();
        } catch (ExecutionException e) {
            throw new IOException("the first cluster could not be formed: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /** The authority of a cluster and no cluster, in one: nobody has asked for one since the last was left. */
    private static Command<Void> ended(InitCluster founding) {
        return draft -> {
            founding.apply(draft);
            return new LeaveCluster(true).apply(draft);
        };
    }

    /** Whether the cluster that was here was left while the manager was locked: an agent of this process knows nothing of it, until {@link #leftIsKnown}. */
    public boolean hasLeft() {
        return left;
    }

    /** The agent of this process knows that the cluster was left, or there is none. */
    public void leftIsKnown() throws IOException {
        data.leftIsKnown();
    }

    private void keepTokenFile(Committed committed) {
        for (Change change : committed.transaction().changes()) {
            if (change instanceof Change.ClusterPut(var cluster)) writeTokenFile(cluster);
            if (change instanceof Change.ClusterEnded) tokenFile.execute(this::removeTokenFile);
            if (change instanceof Change.NodePut(var put) && put.id().equals(node) && put.hasAgent())
                committed.after().cluster().ifPresent(this::settleOwnToken);
        }
    }

    private void writeTokenFile(Cluster cluster) {
        tokenFile.execute(() -> {
            try {
                data.joinToken(cluster.workerToken());
            } catch (IOException e) {
                LOG.error("the join token cannot be left in {}: {}", joinTokenFile(), e.getMessage());
            }
        });
        settleOwnToken(cluster);
    }

    /** The token makes managers, so where the keys are locked it is not beside them once this process's agent has joined. */
    private void settleOwnToken(Cluster cluster) {
        tokenFile.execute(() -> {
            try {
                boolean joined = loop.published().node(node).map(Node::hasAgent).orElse(false);
                if (!settings.runsTasks() || keys.autolocks() && joined) data.noOwnToken();
                else data.ownToken(cluster.managerToken());
            } catch (IOException e) {
                LOG.error("the token of this process's agent cannot be kept: {}", e.getMessage());
            }
        });
    }

    private void removeTokenFile() {
        try {
            data.noJoinToken();
        } catch (IOException e) {
            LOG.error("{} cannot be removed: {}", joinTokenFile(), e.getMessage());
        }
    }

    /** The node that is this manager. */
    public NodeId node() {
        return node;
    }

    /** Where the API is served; the ports that were chosen filled in. */
    public List<ApiAddress> apiAddresses() {
        return api.addresses();
    }

    /** Where agents connect; the port that was chosen filled in. */
    public InetSocketAddress clusterAddress() {
        return InetSocketAddress.createUnresolved(settings.clusterAddress().getHostString(), agents.port());
    }

    /** Where an agent on this host finds the join token. */
    public Path joinTokenFile() {
        return data.joinTokenFile();
    }

    /** Completes when the manager cannot go on, with why: the process must end. */
    public CompletableFuture<Throwable> failure() {
        return failure;
    }

    /** Stops; workloads keep running. */
    @Override
    public void close() {
        api.close();
        audit.close();
        agents.close();
        tls.close();
        loop.close();
        store.close();
        keys.close();
        tokenFile.close();
    }
}
