package io.cardume.manager.simulator;

import io.cardume.agent.task.Container;
import io.cardume.api.ContainerSpec;
import io.cardume.api.CronLabels;
import io.cardume.api.DesiredState;
import io.cardume.api.EndpointSpec;
import io.cardume.api.HealthConfig;
import io.cardume.api.NodeId;
import io.cardume.api.Placement;
import io.cardume.api.PlacementLabels;
import io.cardume.api.PlacementPreference;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkSpec;
import io.cardume.api.PortConfig;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StartOrderLabels;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.UpdateConfig;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.link.Assignments;
import io.cardume.manager.loop.AskMoves;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.CreateNetwork;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.RemoveNetwork;
import io.cardume.manager.loop.HearBalanced;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.loop.RollBackService;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.loop.UpdateNode;
import io.cardume.manager.loop.UpdateService;
import io.cardume.manager.plan.Rebalance;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A cluster on one thread with its own clock, all chance from one seed. First faults are on and every turn is held to the
 * laws; then they are off, and soon every service must have its replicas and no container may be left over.
 */
final class Simulation {
    private static final Instant START = Instant.parse("2026-11-21T12:00:00Z");
    /** An image whose containers end soon; services are updated to it, never created of it. */
    private static final String BROKEN = "broken";
    /** An image whose containers run for a while and end, again and again. */
    private static final String RESTLESS = "restless";
    private static final Duration EXCHANGE = Duration.ofMillis(500);
    private static final List<PlacementPreference> ZONES =
            List.of(new PlacementPreference(Optional.of(new PlacementPreference.Spread("node.labels.zone"))));
    private static final Duration NO_MORE_MOVES = Duration.ofSeconds(45);
    private static final Duration PATIENCE = Duration.ofMinutes(20);

    private record Letter(Instant at, long order, Runnable delivery) implements Comparable<Letter> {
        @Override
        public int compareTo(Letter other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Random random;
    private final int steps;
    private final List<SimAgent> agents = new ArrayList<>();
    private final SimManager manager = new SimManager(agents);
    private final TreeSet<NodeId> cut = new TreeSet<>();
    private final TreeMap<NodeId, Instant> exchangeAt = new TreeMap<>();
    private final PriorityQueue<Letter> post = new PriorityQueue<>();
    private final Deque<String> story = new ArrayDeque<>();
    private Instant now = START;
    private Instant managerReturns = START;
    private final TreeMap<NodeId, Instant> returns = new TreeMap<>();
    private boolean faults = true;
    private long letters;
    private int named;

    Simulation(long seed, int nodes, int steps) {
        this.random = new Random(seed);
        this.steps = steps;
        InstantSource clock = () -> now;
        for (int i = 1; i <= nodes; i++) agents.add(new SimAgent(new NodeId("node" + i), Commands.TOKEN, clock));
    }

    /** Runs it; what it did last is in the message of what it throws. */
    void run() {
        try {
            manager.starts(now);
            manager.turn(List.of(Commands.init()), now);
            for (int step = 0; step < steps; step++) {
                now = now.plusMillis(1 + random.nextInt(chance(0.05) ? 3_000 : 250));
                misfortune();
                if (chance(0.25)) userDoesSomething();
                work();
                neverDoubled();
            }
            becomeWell();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nat " + Duration.between(START, now) + ", after\n  "
                    + String.join("\n  ", story), e);
        }
    }

    // Faults

    private void misfortune() {
        if (manager.isUp() && chance(0.01)) {
            tell("manager dies");
            manager.dies();
            managerReturns = now.plusMillis(random.nextInt(9_000));
            agents.forEach(SimAgent::connectionLost);
        }
        for (SimAgent agent : agents) {
            if (!agent.works()) continue;
            if (chance(0.006)) {
                tell(agent.node + ": host dies");
                agent.hostDies();
                returns.put(agent.node, now.plusMillis(random.nextInt(20_000)));
            } else if (chance(0.008)) {
                tell(agent.node + ": agent dies");
                agent.agentDies();
                returns.put(agent.node, now.plusMillis(random.nextInt(8_000)));
            } else if (chance(0.008)) {
                if (!cut.remove(agent.node)) cut.add(agent.node);
                tell(agent.node + (cut.contains(agent.node) ? ": cut off" : ": connected"));
                agent.connectionLost();
            } else if (chance(0.005)) {
                boolean away = chance(0.5);
                tell(agent.node + ": engine " + (away ? "away" : "back"));
                agent.engineAway(away);
            }
            if (chance(0.004)) {
                tell(agent.node + ": balancers are stuck");
                agent.balancer.stuckUntil(now.plusMillis(random.nextInt(20_000)));
            }
            containersMisbehave(agent);
        }
    }

    /** What is made of a broken image ends soon, in good times too; what is made of a restless one does so later. */
    private void brokenEnd(SimAgent agent) {
        for (TaskId id : agent.running()) {
            var task = manager.published().task(id);
            if (task.isEmpty()) continue;
            var service = manager.published().services().get(task.get().service());
            if (isOf(BROKEN, service, task.get()) && chance(0.3)) agent.engine.exits(id, 1);
            if (isOf(RESTLESS, service, task.get()) && chance(0.02)) agent.engine.exits(id, 0);
        }
    }

    private static boolean isOf(String image, Service service, Task task) {
        return service.template(task.revision()).containerSpec().image().equals(image);
    }

    private void containersMisbehave(SimAgent agent) {
        for (TaskId task : agent.running()) {
            if (chance(0.01)) {
                int code = chance(0.3) ? 0 : 1 + random.nextInt(3);
                tell(agent.node + ": " + task + " exits with " + code);
                agent.engine.exits(task, code);
            } else if (chance(0.002)) {
                tell(agent.node + ": " + task + " vanishes");
                agent.engine.vanishes(task);
            } else if (agent.containers().get(task) instanceof Container.Running running) {
                if (running.health() == Container.Health.HEALTHY && chance(0.01)) {
                    tell(agent.node + ": " + task + " is unhealthy");
                    agent.engine.unhealthy(task);
                }
            }
        }
    }

    // Users

    private void userDoesSomething() {
        if (!manager.isUp()) return;
        var state = manager.published();
        var services = state.services().values().stream().filter(service -> !service.removed()).toList();
        if (state.networks().size() < 2 || chance(0.02)) ask(new CreateNetwork(NetworkSpec.of("w" + ++named)));
        if (chance(0.02) && !state.networks().isEmpty()) ask(new RemoveNetwork(state.networks().firstKey()));
        int what = random.nextInt(12);
        if (services.size() < 2 || (what < 2 && services.size() < 5)) {
            var spec = randomSpec("s" + ++named);
            tell("user creates " + spec.name() + " x" + spec.replicas());
            ask(new CreateService(spec));
            return;
        }
        var service = services.get(random.nextInt(services.size()));
        switch (what) {
            case 2, 3, 4 -> {
                if (service.spec().mode().onEveryNode()) return;
                int replicas = random.nextInt(6);
                tell("user scales " + service.name() + " to " + replicas);
                ask(new UpdateService(service.id(), service.version(), scaled(service.spec(), replicas)));
            }
            case 5, 6 -> {
                var spec = respecified(service.spec());
                tell("user updates " + service.name());
                ask(new UpdateService(service.id(), service.version(), spec));
            }
            case 7 -> {
                tell("user removes " + service.name());
                ask(new RemoveService(service.id()));
            }
            case 8, 9 -> {
                var nodes = List.copyOf(state.nodes().values());
                var node = nodes.get(random.nextInt(nodes.size()));
                if (!node.hasAgent()) return;
                var availability = Node.Availability.values()[random.nextInt(3)];
                tell("user makes " + node.id() + " " + availability);
                update(node, availability);
            }
            case 10 -> {
                tell("user rolls " + service.name() + " back");
                ask(new RollBackService(service.id(), service.version(), Optional.empty()));
            }
            case 11 -> {
                tell("user evens out");
                ask(AskMoves.ofAll(Rebalance.proposal(state, now)));
            }
            default -> {}
        }
    }

    private void update(Node node, Node.Availability availability) {
        var labels = new TreeMap<String, String>();
        if (chance(0.5)) labels.put("zone", chance(0.5) ? "a" : "b");
        ask(new UpdateNode(node.id(), node.version(), node.name(), labels, node.role(), availability));
    }

    private void ask(Command<?> command) {
        manager.turn(List.of(command), now);
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
                spec.endpointSpec());
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

    // The world goes on

    private void work() {
        while (!post.isEmpty() && !post.peek().at.isAfter(now)) post.poll().delivery.run();
        if (!manager.isUp() && !managerReturns.isAfter(now)) {
            tell("manager starts");
            manager.starts(now);
        }
        for (SimAgent agent : agents) {
            if (!agent.works() && !returns.get(agent.node).isAfter(now)) {
                tell(agent.node + " starts");
                agent.starts(now);
            }
            if (agent.hostUp) jobsEnd(agent);
            if (!agent.works()) continue;
            becomeHealthy(agent);
            brokenEnd(agent);
            agent.works(now, random, faults ? 0.6 : 1);
            if (agent.joined) agent.balancer.works(now, random, faults ? 0.4 : 1).ifPresent(said -> send(agent, said));
            if (exchangeAt.getOrDefault(agent.node, START).isAfter(now)) continue;
            exchangeAt.put(agent.node, now.plus(EXCHANGE));
            send(agent, agent.speaks(now));
        }
        if (manager.wakeAt().filter(at -> !at.isAfter(now)).isPresent()) manager.turn(List.of(), now);
    }

    /** Tasks of jobs come to their end, sooner or later, and not always a good one. */
    private void jobsEnd(SimAgent agent) {
        for (TaskId id : agent.running()) {
            var task = manager.published().task(id);
            boolean ofJob = task.flatMap(known -> manager.published().service(known.service())).filter(Service::isJob).isPresent();
            if (ofJob && chance(0.15)) agent.engine.exits(id, faults && chance(0.3) ? 1 : 0);
        }
    }

    private void becomeHealthy(SimAgent agent) {
        agent.containers().forEach((task, container) -> {
            if (container instanceof Container.Running running && running.health() == Container.Health.STARTING
                    && chance(0.5)) agent.engine.healthy(task);
        });
    }

    private void send(SimAgent agent, FromAgent message) {
        carry(agent, () -> receive(agent, message));
    }

    private void carry(SimAgent agent, Runnable delivery) {
        if (cut.contains(agent.node)) return;
        int copies = !faults ? 1 : chance(0.08) ? 0 : chance(0.06) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            var at = now.plusMillis(faults ? random.nextInt(400) : 1);
            post.add(new Letter(at, letters++, () -> {
                if (!cut.contains(agent.node)) delivery.run();
            }));
        }
    }

    private void receive(SimAgent agent, FromAgent message) {
        if (!manager.isUp()) return;
        switch (message) {
            case FromAgent.Hello hello -> {
                var answer = manager.turn(List.of(new JoinNode(hello, "")), now).getFirst();
                if (answer instanceof Turn.Answer.Done(JoinNode.Joined.Member(var cluster)))
                    reply(agent, new ToAgent.Welcome(cluster, EXCHANGE));
            }
            case FromAgent.Heartbeat _ -> {
                manager.turn(List.of(new HearNode(agent.node, List.of())), now);
                replyAll(agent);
            }
            case FromAgent.Statuses said -> {
                manager.turn(List.of(new HearNode(agent.node, said.reports())), now);
                replyAll(agent);
            }
            case FromAgent.Balanced(var version, var troubles) -> manager.turn(List.of(new HearBalanced(agent.node, version, troubles)), now);
            case FromAgent.Resync _, FromAgent.Unreached _, FromAgent.LogData _, FromAgent.LogEnd _, FromAgent.WantImage _, FromAgent.OfStream _ -> throw new AssertionError(message);
        }
    }

    private void replyAll(SimAgent agent) {
        var led = SimBalancer.Said.of(manager.published(), agent.node);
        carry(agent, () -> {
            if (agent.works() && agent.joined) agent.balancer.hears(led);
        });
        reply(agent, Assignments.of(manager.published(), agent.node).whole());
    }

    private void reply(SimAgent agent, ToAgent message) {
        carry(agent, () -> {
            if (agent.works()) agent.hears(message, now);
        });
    }

    // What must hold

    /** No slot has two containers running, but for one that starts first and the one it follows, and what is given up for lost. */
    private void neverDoubled() {
        var running = new TreeMap<String, List<Task>>();
        for (SimAgent agent : agents) {
            if (!agent.hostUp) continue;
            for (TaskId id : agent.running()) {
                var task = manager.published().task(id);
                if (task.isEmpty() || task.get().isDead() || isLost(agent)) continue;
                running.computeIfAbsent(task.get().service() + "." + task.get().slot(), _ -> new ArrayList<>()).add(task.get());
            }
        }
        running.forEach((slot, tasks) -> {
            tasks.sort(Task.OLDEST_FIRST);
            if (tasks.size() > 2 || tasks.size() == 2 && !tasks.getLast().startsFirst())
                throw new AssertionError("slot " + slot + " runs twice: " + tasks);
        });
    }

    private boolean isLost(SimAgent agent) {
        return manager.published().node(agent.node).filter(node -> node.liveness() == Node.Liveness.DOWN).isPresent();
    }

    /** Faults off, all hosts back: soon everything is as it was declared. */
    private void becomeWell() {
        tell("faults end");
        faults = false;
        cut.clear();
        managerReturns = now;
        for (SimAgent agent : agents) {
            returns.put(agent.node, now);
            agent.engineAway(false);
            agent.balancer.stuckUntil(now);
        }
        var patience = now.plus(PATIENCE);
        work();
        for (Node node : List.copyOf(manager.published().nodes().values())) {
            var current = manager.published().node(node.id()).get();
            if (current.hasAgent())
                ask(new UpdateNode(current.id(), current.version(), "", new TreeMap<>(), current.role(), Node.Availability.ACTIVE));
        }
        Optional<String> amiss = Optional.of("it has only begun");
        while (amiss.isPresent()) {
            if (now.isAfter(patience)) throw new AssertionError("after " + PATIENCE.toMinutes() + " min without faults: " + amiss.get() + described());
            now = now.plusMillis(250);
            for (int i = 0; i < 4; i++) {
                work();
                now = now.plusMillis(250);
                neverDoubled();
            }
            amiss = amiss();
            if (amiss.isPresent()) skipTo(manager.wakeAt(), patience);
        }
        movesEnd(patience);
    }

    /** Sooner or later nothing is better off elsewhere, and nothing moves any more. */
    private void movesEnd(Instant limit) {
        if (manager.published().balanced().isEmpty() && manager.published().moving().isEmpty()) return;
        var still = now;
        var moved = moved();
        while (now.isBefore(still.plus(NO_MORE_MOVES))) {
            if (now.isAfter(limit)) throw new AssertionError("tasks are still being moved, the last ones " + moved + described());
            for (int i = 0; i < 4; i++) {
                now = now.plusMillis(250);
                work();
            }
            if (!moved().equals(moved)) still = now;
            moved = moved();
        }
    }

    private List<TaskId> moved() {
        return manager.published().tasks().values().stream()
                .filter(task -> task.takesOverFor(Takeover.Reason.REBALANCE)).map(Task::id).toList();
    }

    /** Long delays are not lived through second by second, but heartbeats go on. */
    private void skipTo(Optional<Instant> wakeAt, Instant limit) {
        boolean calm = post.isEmpty() && wakeAt.isPresent() && wakeAt.get().isAfter(now.plusSeconds(2));
        if (calm) now = now.plusMillis(1_500);
        if (now.isAfter(limit)) now = limit.plusMillis(1);
    }

    private Optional<String> amiss() {
        var state = manager.published();
        if (!state.leaving().isEmpty()) return Optional.of("tasks wait to be left out of tables: " + state.leaving());
        for (Service service : state.services().values()) {
            if (service.removed()) return Optional.of("service " + service.name() + " is not gone yet");
            if (service.isJob()) {
                var wrong = amissInRuns(service);
                if (wrong.isPresent()) return wrong;
                continue;
            }
            if (service.isUpdating() && !isHeldUp(service)) return Optional.of("the update of " + service.name() + " has not ended");
            if (service.isGlobal()) {
                var wrong = amissOnNodes(service);
                if (wrong.isPresent()) return wrong;
                continue;
            }
            for (int slot = 1; slot <= highestSlot(service); slot++) {
                var wrong = amiss(service, slot);
                if (wrong.isPresent()) return wrong;
            }
            long live = state.tasksOf(service.id()).stream().filter(Task::isLive).count();
            if (live > service.spec().replicas() && !isHeldUp(service)) return Optional.of(service.name() + " has " + live + " live tasks");
        }
        for (SimAgent agent : agents) {
            for (TaskId id : agent.containers().keySet()) {
                var task = state.task(id);
                if (task.isEmpty()) return Optional.of(agent.node + " keeps a container of forgotten task " + id);
                if (task.get().status().state() == TaskState.ORPHANED)
                    return Optional.of(agent.node + " keeps a container of orphaned task " + id);
            }
            for (TaskId id : agent.running())
                if (state.task(id).get().status().state() != TaskState.RUNNING)
                    return Optional.of(id + " runs on " + agent.node + " and is " + state.task(id).get().status().state());
        }
        return Optional.empty();
    }

    /** Every job completes, or was given up, or waits for a node; one with a schedule runs again and again. */
    private Optional<String> amissInRuns(Service service) {
        var job = service.job().orElseThrow();
        if (job.asked()) return Optional.of(service.name() + " was asked to run and does not");
        boolean overdue = job.due().filter(at -> at.isBefore(now.minusSeconds(1))).isPresent();
        if (overdue) return Optional.of(service.name() + " was due at " + job.due());
        boolean waits = manager.published().tasksOf(service.id()).stream().anyMatch(Task::isPending)
                && (mayWait(service) || waitsForAnother(service));
        var goesOn = job.running().stream()
                .filter(run -> job.due().isEmpty() || run.startedAt().plusSeconds(60).isBefore(now))
                .findFirst();
        return waits ? Optional.empty() : goesOn.map(run -> service.name() + " still runs: " + run);
    }

    /** Every node that may take a task of the service has a slot, and that is well. */
    private Optional<String> amissOnNodes(Service service) {
        for (SimAgent agent : agents) {
            var node = manager.published().node(agent.node);
            if (node.isEmpty() || !Constraints.hold(service.spec(), node.get())) continue;
            var tasks = manager.published().tasksOf(service.id()).stream()
                    .filter(task -> task.home().equals(Optional.of(agent.node)) && task.desired() != DesiredState.REMOVE).toList();
            if (tasks.isEmpty()) return Optional.of(service.name() + " has no task for " + agent.node);
            var wrong = amiss(service, tasks.getLast().slot());
            if (wrong.isPresent()) return wrong;
        }
        return Optional.empty();
    }

    private int highestSlot(Service service) {
        return Math.max(service.spec().replicas(), manager.published().slots(service.id()).isEmpty() ? 0
                : manager.published().slots(service.id()).lastKey());
    }

    /** A slot is well if it runs the current revision, says why it waits, or was given up by its restart policy. */
    private Optional<String> amiss(Service service, int slot) {
        var tasks = manager.published().slot(service.id(), slot);
        var where = service.name() + "." + slot;
        if (tasks.isEmpty())
            return countedSlots(service) == service.spec().replicas() ? Optional.empty() : Optional.of(where + " has no task");
        var newest = tasks.stream().filter(Task::isLive).reduce((_, later) -> later).orElse(tasks.getLast());
        if (isOf(BROKEN, service, newest) || isOf(RESTLESS, service, newest)) return Optional.empty();
        if (newest.status().state() == TaskState.RUNNING && newest.isLive()) {
            boolean right = service.template(newest.revision()).containerSpec().image()
                    .equals(service.spec().taskTemplate().containerSpec().image());
            return right || isPaused(service) || isHeldUp(service) ? runs(newest) : Optional.of(where + " runs an old revision");
        }
        if (newest.isPending()) return mayWait(service) || waitsForAnother(service) ? Optional.empty() : Optional.of(where + " waits: " + newest.status().err());
        boolean givenUp = tasks.stream().noneMatch(Task::isLive)
                && tasks.stream().anyMatch(task -> task.status().message().startsWith("not restarted: "));
        if (givenUp && mayGiveUp(service.spec().taskTemplate())) return Optional.empty();
        return Optional.of(where + " is " + newest.status() + ", desired " + newest.desired());
    }

    /** Whether an update waits because a new task finds no node; the old ones run on meanwhile. */
    private boolean isHeldUp(Service service) {
        return service.isUpdating()
                && manager.published().tasksOf(service.id()).stream().anyMatch(Task::isPending);
    }

    /** All services and tasks in lines. */
    private String described() {
        var lines = new StringBuilder();
        manager.published().services().values().forEach(service -> {
            lines.append("\n  ").append(service.name()).append(" x").append(service.spec().replicas()).append(" revision ")
                    .append(service.revision()).append(' ').append(service.update().map(Object::toString).orElse(""));
            manager.published().tasksOf(service.id()).forEach(task -> lines.append("\n    slot ").append(task.slot()).append(' ')
                    .append(task.id()).append(" of revision ").append(task.revision()).append(" on ").append(task.node())
                    .append(", ").append(task.desired()).append(", ").append(task.status().state()).append(' ')
                    .append(task.status().message()).append(' ').append(task.status().err()));
        });
        return lines.toString();
    }

    private static boolean isPaused(Service service) {
        return service.isPaused();
    }

    private long countedSlots(Service service) {
        return manager.published().slots(service.id()).keySet().stream()
                .filter(slot -> !manager.published().slot(service.id(), slot).isEmpty()).count();
    }

    private Optional<String> runs(Task task) {
        var agent = agents.stream().filter(a -> task.node().get().equals(a.node)).findFirst().orElseThrow();
        return agent.running().contains(task.id()) ? Optional.empty() : Optional.of(task.id() + " is said to run and does not");
    }

    /** Whether what it starts after is not there: gone, not whole, given up, or of an old revision. */
    private boolean waitsForAnother(Service service) {
        var state = manager.published();
        for (StartOrderLabels.After after : StartOrderLabels.read(service.spec().labels())) {
            var other = state.serviceNamed(after.service());
            if (other.isEmpty() || other.get().isJob() || after.condition() == StartOrderLabels.Condition.COMPLETED) return true;
            long there = state.tasksOf(other.get().id()).stream().filter(task -> task.isRunning() && other.get().isCurrent(task)).count();
            if (there < other.get().spec().replicas()) return true;
        }
        return false;
    }

    private boolean mayWait(Service service) {
        return service.spec().taskTemplate().placement().isPresent() || service.spec().taskTemplate().resources().isPresent()
                || !service.spec().ports().isEmpty() || !manager.published().related().isEmpty();
    }

    private static boolean mayGiveUp(TaskSpec template) {
        var policy = template.restartPolicy();
        return policy.isPresent() && (policy.get().condition().filter(c -> c != RestartCondition.ANY).isPresent()
                || policy.get().maxAttempts().isPresent());
    }

    private boolean chance(double share) {
        return random.nextDouble() < share;
    }

    private void tell(String what) {
        story.add(Duration.between(START, now) + " " + what);
        if (story.size() > 60) story.removeFirst();
    }
}
