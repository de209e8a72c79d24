package io.cardume.manager.simulator;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ContainerSpec;
import io.cardume.api.CronLabels;
import io.cardume.api.EndpointSpec;
import io.cardume.api.FileTarget;
import io.cardume.api.HealthConfig;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkSpec;
import io.cardume.api.Payload;
import io.cardume.api.Placement;
import io.cardume.api.PlacementLabels;
import io.cardume.api.PlacementPreference;
import io.cardume.api.PortConfig;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.SecretReference;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StartOrderLabels;
import io.cardume.api.TaskSpec;
import io.cardume.api.UpdateConfig;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.AskMoves;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.CreateNetwork;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.RemoveNetwork;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.loop.RollBackService;
import io.cardume.manager.loop.UpdateNode;
import io.cardume.manager.loop.UpdateService;
import io.cardume.manager.plan.Rebalance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Users, who ask for anything that may be asked for, by chance. */
final class Users {
    /** An image whose containers end soon; services are updated to it, never created of it. */
    static final String BROKEN = "broken";
    /** An image whose containers run for a while and end, again and again. */
    static final String RESTLESS = "restless";
    private static final List<PlacementPreference> ZONES =
            List.of(new PlacementPreference(Optional.of(new PlacementPreference.Spread("node.labels.zone"))));

    private final Random random;
    private final SimManager manager;
    private final Consumer<Command<?>> ask;
    private final Consumer<String> tell;
    /** Objects that were given a name so far. */
    private int named;

    Users(Random random, SimManager manager, Consumer<Command<?>> ask, Consumer<String> tell) {
        this.random = random;
        this.manager = manager;
        this.ask = ask;
        this.tell = tell;
    }

    /** Whether a task is one of that image. */
    static boolean isOf(String image, Service service, Task task) {
        return service.template(task.revision()).containerSpec().image().equals(image);
    }

    /** Asks for one thing, or what it would have asked for came to nothing. */
    void doSomething(Instant now) {
        if (!manager.isUp()) return;
        var state = manager.published();
        var services = state.services().values().stream().filter(service -> !service.removed()).toList();
        if (state.blobs().isEmpty()) ask.accept(new CreateBlob(BlobKind.SECRET, new BlobSpec("secret", new TreeMap<>(), Payload.NONE, Optional.empty())));
        if (state.networks().size() < 2 || chance(0.02)) ask.accept(new CreateNetwork(NetworkSpec.of("w" + ++named)));
        if (chance(0.02) && !state.networks().isEmpty()) ask.accept(new RemoveNetwork(state.networks().firstKey()));
        int what = random.nextInt(12);
        if (services.size() < 2 || (what < 2 && services.size() < 5)) {
            var spec = randomSpec("s" + ++named);
            tell.accept("user creates " + spec.name() + " x" + spec.replicas());
            ask.accept(new CreateService(spec));
            return;
        }
        var service = services.get(random.nextInt(services.size()));
        switch (what) {
            case 2, 3, 4 -> {
                if (service.spec().mode().onEveryNode()) return;
                int replicas = random.nextInt(6);
                tell.accept("user scales " + service.name() + " to " + replicas);
                ask.accept(new UpdateService(service.id(), service.version(), scaled(service.spec(), replicas)));
            }
            case 5, 6 -> {
                var spec = respecified(service.spec());
                tell.accept("user updates " + service.name());
                ask.accept(new UpdateService(service.id(), service.version(), spec));
            }
            case 7 -> {
                tell.accept("user removes " + service.name());
                ask.accept(new RemoveService(service.id()));
            }
            case 8, 9 -> {
                var nodes = List.copyOf(state.nodes().values());
                var node = nodes.get(random.nextInt(nodes.size()));
                if (!node.hasAgent()) return;
                var availability = Node.Availability.values()[random.nextInt(3)];
                tell.accept("user makes " + node.id() + " " + availability);
                update(node, availability);
            }
            case 10 -> {
                tell.accept("user rolls " + service.name() + " back");
                ask.accept(new RollBackService(service.id(), service.version(), Optional.empty()));
            }
            case 11 -> {
                tell.accept("user evens out");
                ask.accept(AskMoves.ofAll(Rebalance.proposal(state, now)));
            }
            default -> {}
        }
    }

    private void update(Node node, Node.Availability availability) {
        var labels = new TreeMap<String, String>();
        if (chance(0.5)) labels.put("zone", chance(0.5) ? "a" : "b");
        ask.accept(new UpdateNode(node.id(), node.version(), node.name(), labels, node.role(), availability));
    }

    private ServiceSpec randomSpec(String name) {
        var template = template("image:" + random.nextInt(3));
        Optional<EndpointSpec> ports = chance(0.15)
                ? Optional.of(new EndpointSpec(Optional.empty(), List.of(new PortConfig(Optional.empty(), "tcp", 80,
                        8_000 + random.nextInt(3), "host"))))
                : Optional.empty();
        var labels = relations(name);
        labels.putAll(startOrder());
        var mode = switch (random.nextInt(10)) {
            case 0, 1 -> ServiceMode.EVERY_NODE;
            case 2 -> ServiceMode.EVERY_NODE_ONCE;
            case 3, 4 -> ServiceMode.job(1 + random.nextInt(3), random.nextInt(5));
            default -> ServiceMode.replicas(random.nextInt(6));
        };
        if (!mode.runsToEnd() && ports.isEmpty() && chance(0.3)) ports = Optional.of(new EndpointSpec(Optional.empty(),
                List.of(new PortConfig(Optional.empty(), "tcp", 80, chance(0.5) ? 0 : 9_000 + random.nextInt(4), "ingress"))));
        if (mode.runsToEnd() && chance(0.5)) labels.putAll(schedule());
        return new ServiceSpec(name, labels, template, mode, Optional.empty(), Optional.empty(), ports);
    }

    /** Sometimes it starts after another one; never in a ring, for it is the newest. */
    private TreeMap<String, String> startOrder() {
        var labels = new TreeMap<String, String>();
        if (named > 1 && chance(0.3))
            labels.put(StartOrderLabels.AFTER, "s" + (1 + random.nextInt(named - 1)) + (chance(0.5) ? ":healthy" : chance(0.5) ? ":completed" : ""));
        return labels;
    }

    /** Labels that keep a service apart from another, or together with it; most have none. */
    private TreeMap<String, String> relations(String name) {
        var labels = new TreeMap<String, String>();
        var other = "s" + (1 + random.nextInt(6));
        if (chance(0.25)) labels.put(PlacementLabels.REBALANCE, chance(0.7) ? "auto" : "off");
        if (chance(0.1)) labels.put(PlacementLabels.APART, chance(0.3) ? PlacementLabels.SELF : other);
        else if (chance(0.1) && !other.equals(name)) labels.put(PlacementLabels.TOGETHER, other);
        return labels;
    }

    private static ServiceSpec scaled(ServiceSpec spec, int replicas) {
        var job = spec.mode().replicatedJob();
        return job.isEmpty() ? spec.replicas(replicas) : new ServiceSpec(spec.name(), spec.labels(), spec.taskTemplate(),
                ServiceMode.job(job.get().maxConcurrent().orElseThrow(), replicas), spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec());
    }

    /** Labels that run a job every few seconds. */
    private TreeMap<String, String> schedule() {
        var labels = new TreeMap<>(Map.of(CronLabels.CRON, "@every " + (2 + random.nextInt(12)) + "s"));
        if (chance(0.6)) labels.put(CronLabels.OVERLAP, List.of("allow", "forbid", "replace").get(random.nextInt(3)));
        if (chance(0.4)) labels.put(CronLabels.WINDOW, random.nextInt(6) + "s");
        return labels;
    }

    private ServiceSpec respecified(ServiceSpec spec) {
        if (spec.mode().runsToEnd())
            return new ServiceSpec(spec.name(), spec.labels(), template("image:" + random.nextInt(3)), spec.mode(),
                    Optional.empty(), Optional.empty(), spec.endpointSpec());
        var image = chance(0.15) ? BROKEN : chance(0.1) ? RESTLESS : "image:" + random.nextInt(3);
        return new ServiceSpec(spec.name(), spec.labels(), template(image), spec.mode(), pace("rollback"), pace("continue"),
                chance(0.2) ? reachedOtherwise() : spec.endpointSpec());
    }

    private Optional<EndpointSpec> reachedOtherwise() {
        var ingress = new PortConfig(Optional.empty(), "tcp", 80 + random.nextInt(2), 0, "ingress");
        return switch (random.nextInt(4)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(new EndpointSpec(Optional.of("dnsrr"), List.of()));
            case 2 -> Optional.of(new EndpointSpec(Optional.of("vip"), List.of(ingress)));
            default -> Optional.of(new EndpointSpec(Optional.of("vip"), List.of(ingress, ingress.published(9_000 + random.nextInt(4)))));
        };
    }

    /** How the user wants updates to go; often nothing is said. */
    private Optional<UpdateConfig> pace(String other) {
        if (chance(0.4)) return Optional.empty();
        var action = chance(0.4) ? "pause" : other;
        return Optional.of(new UpdateConfig(Optional.of((long) random.nextInt(4)),
                chance(0.3) ? Optional.of(Duration.ofSeconds(random.nextInt(8))) : Optional.empty(), Optional.of(action),
                chance(0.3) ? Optional.of(Duration.ofSeconds(1 + random.nextInt(10))) : Optional.empty(),
                Optional.of(chance(0.7) ? 0.0 : random.nextDouble()), Optional.of(chance(0.5) ? "start-first" : "stop-first")));
    }

    /** Networks that are there now; most services have none. */
    private List<NetworkAttachment> networks() {
        if (chance(0.6)) return List.of();
        return manager.published().networks().values().stream().filter(network -> !network.removed() && !network.ingress() && chance(0.5))
                .map(network -> new NetworkAttachment(network.name(), List.of(), null)).toList();
    }

    private TaskSpec template(String image) {
        var container = ContainerSpec.of(image);
        if (chance(0.25)) {
            var check = new HealthConfig(List.of("CMD", "true"), Optional.empty(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty());
            container = checked(container, check);
        }
        if (chance(0.2)) container = container.with(manager.published().blobs().values().stream()
                .map(blob -> new SecretReference(Optional.of(new FileTarget("secret", "0", "0", Optional.of(0400L))), blob.id().value(), blob.name())).toList(), List.of());
        Optional<Resources> resources = chance(0.2)
                ? Optional.of(Resources.of(Optional.empty(), Optional.of(new Reservations(1_000_000_000L, 1L << 30))))
                : Optional.empty();
        Optional<RestartPolicy> restart = switch (random.nextInt(5)) {
            case 0 -> Optional.of(new RestartPolicy(Optional.of(RestartCondition.ON_FAILURE), Optional.of(Duration.ofSeconds(1)),
                    chance(0.5) ? Optional.of(2L) : Optional.empty(), Optional.empty()));
            case 1 -> Optional.of(new RestartPolicy(Optional.of(RestartCondition.NONE), Optional.empty(), Optional.empty(),
                    Optional.empty()));
            case 2 -> Optional.of(new RestartPolicy(Optional.empty(), Optional.of(Duration.ofSeconds(random.nextInt(3))),
                    Optional.empty(), chance(0.3) ? Optional.of(Duration.ofSeconds(30)) : Optional.empty()));
            default -> Optional.empty();
        };
        Optional<Placement> placement = chance(0.2)
                ? Optional.of(new Placement(chance(0.6) ? List.of("node.labels.zone != b") : List.of(),
                        chance(0.5) ? Optional.of(2L) : Optional.empty(), List.of(), chance(0.4) ? ZONES : List.of()))
                : Optional.empty();
        return new TaskSpec(container, resources, restart, placement, Optional.empty(), 0, Optional.empty(), networks());
    }

    private static ContainerSpec checked(ContainerSpec c, HealthConfig check) {
        return new ContainerSpec(c.image(), c.labels(), c.command(), c.args(), c.hostname(), c.env(), c.dir(), c.user(),
                c.groups(), c.tty(), c.openStdin(), c.readOnly(), c.stopSignal(), c.stopGracePeriod(), Optional.of(check),
                c.init(), c.hosts(), c.mounts(), c.dnsConfig(), c.sysctls(), c.capabilityAdd(), c.capabilityDrop(),
                c.ulimits(), c.isolation(), null, null, null, null);
    }

    private boolean chance(double share) {
        return random.nextDouble() < share;
    }
}
