package io.cardume.manager.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.cardume.api.AddressPool;
import io.cardume.api.Copies;
import io.cardume.api.NodeSpec;
import io.cardume.api.Reading;
import io.cardume.api.SpecProblem;
import io.cardume.api.Subnet;
import io.cardume.api.SwarmSpec;
import io.cardume.api.UserRole;
import io.cardume.api.WireReader;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.LeaveCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.UpdateCluster;
import io.cardume.manager.trust.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The cluster: forming it, ending it, its settings and its join tokens. */
final class SwarmRoutes {
    private static final String MEMBER_ALREADY =
            "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.";

    private static final String UNLOCKED = "the manager is not locked at its starts any more";

    private static final int DATA_PATH_PORT = 4789;

    private final ManagerLoop loop;
    private final Asking asking;
    private final CertificateAuthority authority;
    private final Locking locking;
    private final Audit audit;
    private final Function<Optional<String>, InitCluster> founding;

    SwarmRoutes(
            ManagerLoop loop, CertificateAuthority authority, Locking locking, Function<Optional<String>, InitCluster> founding, Audit audit) {
        this.loop = loop;
        this.audit = audit;
        this.asking = new Asking(loop);
        this.authority = authority;
        this.locking = locking;
        this.founding = founding;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/swarm", UserRole.VIEWER, this::inspect),
                Route.post("/swarm/init", UserRole.ADMIN, this::init),
                Route.post("/swarm/join", UserRole.ADMIN, this::join),
                Route.post("/swarm/leave", UserRole.ADMIN, this::leave),
                Route.post("/swarm/update", UserRole.ADMIN, this::update),
                Route.get("/swarm/unlockkey", UserRole.ADMIN, this::unlockKey).andTold(),
                Route.post("/swarm/unlock", UserRole.ADMIN, this::unlock),
                Route.post("/swarm/datakey/rotate", UserRole.ADMIN, this::rotateDataKey));
    }

    /** With the join tokens for those only who may use them. */
    private void inspect(Exchange exchange) {
        var state = loop.published();
        var cluster = Lookup.cluster(state);
        boolean tokens = exchange.caller().role() == UserRole.ADMIN;
        if (tokens) {
            exchange.toBeAudited();
            exchange.touched(List.of("the join tokens were shown"));
        }
        exchange.json(200, Views.of(cluster, state, tokens, locking.autolocks()));
    }

    /** What {@code docker swarm init} sends. */
    private record Init(
            @JsonProperty("ListenAddr") String listenAddr,
            @JsonProperty("AdvertiseAddr") String advertiseAddr,
            @JsonProperty("ForceNewCluster") boolean forceNewCluster,
            @JsonProperty("AutoLockManagers") boolean autoLockManagers,
            @JsonProperty("Availability") Optional<NodeSpec.Availability> availability,
            @JsonProperty("DefaultAddrPool") List<String> defaultAddrPool,
            @JsonProperty("SubnetSize") int subnetSize,
            @JsonProperty("DataPathPort") int dataPathPort) {
        Init {
            defaultAddrPool = Copies.list(defaultAddrPool);
        }
    }

    private void init(Exchange exchange) {
        var tree = exchange.treeOrNothing();
        var asked = Exchange.valid(WireReader.read(tree, Init.class, false, _ -> true));
        if (loop.published().cluster().isPresent() && !asked.forceNewCluster()) throw new ApiException(503, MEMBER_ALREADY);
        var problems = new ArrayList<SpecProblem>();
        if (asked.forceNewCluster()) problems.add(SpecProblem.notBuilt("ForceNewCluster", "leave it out: there is one manager"));
        var advertise = Optional.ofNullable(asked.advertiseAddr()).map(SwarmRoutes::withoutPort).filter(text -> !text.isEmpty());
        if (advertise.isPresent() && !isAddress(advertise.get()))
            problems.add(SpecProblem.wrong("AdvertiseAddr", "\"" + asked.advertiseAddr() + "\" is not allowed; it is an IP address: "
                    + "must specify a listening address because the address to advertise is not recognized as a system address"));
        if (asked.dataPathPort() != 0 && asked.dataPathPort() != DATA_PATH_PORT)
            problems.add(SpecProblem.notBuilt("DataPathPort", "it is " + DATA_PATH_PORT));
        var found = founding.apply(advertise);
        var addresses = addresses(asked, found.addresses(), problems);
        if (!problems.isEmpty()) throw ApiException.of(new Reading.Invalid<>(problems));
        var spec = spec(tree);
        var availability = Optional.ofNullable(asked.availability()).flatMap(wanted -> wanted)
                .map(wanted -> Node.Availability.valueOf(wanted.name())).filter(_ -> found.availability() == Node.Availability.ACTIVE);
        var node = asking.done(exchange, found.with(availability.orElse(found.availability())).with(addresses));
        spec.ifPresent(wanted -> adjust(exchange, wanted));
        if (asked.autoLockManagers() || spec.flatMap(SwarmSpec::autolocks).orElse(false)) autolock(exchange, true);
        exchange.json(200, TextNode.valueOf(node.value()));
    }

    /** Where networks get their addresses: as asked, else as the manager was told. */
    private static AddressPool addresses(Init asked, AddressPool found, List<SpecProblem> problems) {
        if (asked.defaultAddrPool().isEmpty() && asked.subnetSize() == 0) return found;
        try {
            return new AddressPool(
                    asked.defaultAddrPool().isEmpty() ? found.ranges() : asked.defaultAddrPool().stream().map(Subnet::parse).toList(),
                    asked.subnetSize() == 0 ? found.size() : asked.subnetSize());
        } catch (IllegalArgumentException e) {
            problems.add(SpecProblem.wrong("DefaultAddrPool", e.getMessage()));
            return found;
        }
    }

    /** The labels, the task history and the life of certificates that a cluster is formed with. */
    private void adjust(Exchange exchange, SwarmSpec wanted) {
        var cluster = Lookup.cluster(loop.published());
        int history = wanted.taskHistory().orElse(cluster.taskHistoryLimit());
        var life = wanted.nodeLife().filter(asked -> loop.published().authority().filter(now -> now.nodeLife().equals(asked)).isEmpty());
        if (wanted.labels().equals(cluster.labels()) && history == cluster.taskHistoryLimit() && life.isEmpty()) return;
        asking.done(exchange, new UpdateCluster(cluster.version(), wanted.labels(), history, Optional.empty(), Optional.empty(), life, Optional.empty()));
    }

    private static Optional<SwarmSpec> spec(JsonNode init) {
        return init.properties().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase("Spec") && entry.getValue().isObject())
                .findFirst()
                .map(entry -> Exchange.valid(SwarmSpec.read(entry.getValue(), "Spec")));
    }

    private void join(Exchange exchange) {
        exchange.treeOrNothing();
        if (loop.published().cluster().isPresent()) throw new ApiException(503, MEMBER_ALREADY);
        throw new ApiException(501, "joining is not built for managers yet: a host joins by running "
                + "`cardume agent --manager ADDRESS:2477 --token TOKEN`, and this manager forms a cluster of its own with `docker swarm init`");
    }

    private void leave(Exchange exchange) {
        asking.done(exchange, new LeaveCluster(exchange.flag("force")));
        boolean locked = locking.autolocks();
        kept(() -> locking.autolock(false));
        if (locked) exchange.touched(List.of(UNLOCKED));
        exchange.nothing(200);
    }

    private void autolock(Exchange exchange, boolean on) {
        kept(() -> locking.autolock(on));
        exchange.touched(List.of(on ? "the manager is locked at its starts from when the unlock key was shown" : UNLOCKED));
    }

    private void update(Exchange exchange) {
        var cluster = Lookup.cluster(loop.published());
        long version = exchange.version("swarm");
        var spec = Exchange.valid(SwarmSpec.read(exchange.tree(), ""));
        boolean locked = locking.autolocks();
        boolean toBeLocked = spec.autolocks().orElse(locked);
        boolean rotate = exchange.flag("rotateManagerUnlockKey");
        if (rotate && !toBeLocked)
            throw new ApiException(400, "rotateManagerUnlockKey: true is not allowed, for there is no unlock key; "
                    + "EncryptionConfig.AutoLockManagers makes one");
        asking.done(exchange, new UpdateCluster(version, spec.labels(), spec.taskHistory().orElse(cluster.taskHistoryLimit()),
                exchange.flag("rotateWorkerToken") ? Optional.of(authority.newToken()) : Optional.empty(),
                exchange.flag("rotateManagerToken") ? Optional.of(authority.newToken()) : Optional.empty(),
                spec.nodeLife(), rotation(spec)));
        if (toBeLocked != locked) autolock(exchange, toBeLocked);
        else if (rotate) {
            kept(locking::rotate);
            exchange.touched(List.of("another unlock key"));
        }
        exchange.nothing(200);
    }

    /** A new root, if the spec asks for one more often than has been done. */
    private Optional<UpdateCluster.Rotation> rotation(SwarmSpec spec) {
        long done = loop.published().authority().map(Authority::rotations).orElse(0L);
        return spec.rotations() > done ? Optional.of(new UpdateCluster.Rotation(authority.next(), spec.rotations())) : Optional.empty();
    }

    /** The key counts from when it is in its reader's hands: before that nobody could unlock with it. */
    private void unlockKey(Exchange exchange) throws IOException {
        Lookup.cluster(loop.published());
        var key = locking.unlockKey();
        if (key.isEmpty()) {
            exchange.json(200, Exchange.object().put("UnlockKey", ""));
            return;
        }
        exchange.touched(List.of("the unlock key was shown"));
        // The answer is on its way before this request is at its end.
        if (exchange.isToBeAudited()) audit.add(exchange.entry(200));
        exchange.jsonNow(200, Exchange.object().put("UnlockKey", key.get()));
        locking.shown(key.get());
    }

    /** What {@code docker swarm unlock} sends. */
    record Unlock(@JsonProperty("UnlockKey") String unlockKey) {
        Unlock {
            unlockKey = unlockKey == null ? "" : unlockKey;
        }
    }

    private void unlock(Exchange exchange) {
        exchange.treeOrNothing();
        Lookup.cluster(loop.published());
        throw new ApiException(409, "swarm is not locked");
    }

    private void rotateDataKey(Exchange exchange) {
        exchange.treeOrNothing();
        kept(locking::rotateData);
        exchange.touched(List.of("another data key"));
        exchange.nothing(200);
    }

    private interface Keeping {
        void done() throws IOException;
    }

    private static void kept(Keeping keeping) {
        try {
            keeping.done();
        } catch (IOException e) {
            throw new ApiException(500, e.getMessage());
        }
    }

    private static String withoutPort(String address) {
        if (address.startsWith("[")) return address.substring(1, Math.max(1, address.indexOf(']')));
        return address.indexOf(':') == address.lastIndexOf(':') ? address.replaceAll(":.*", "") : address;
    }

    private static boolean isAddress(String text) {
        try {
            InetAddress.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
