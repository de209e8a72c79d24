package io.cardume.manager.simulator;

import io.cardume.agent.task.Container;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.HearBalanced;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.loop.UpdateNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A cluster on one thread with its own clock, all chance from one seed. First faults are on and the turns are held to the
 * laws; then they are off, and soon every service must have its replicas and no container may be left over.
 */
final class Simulation {
    private static final Instant START = Instant.parse("2026-11-21T12:00:00Z");
    private static final Duration EXCHANGE = Duration.ofMillis(500);
    private static final Duration NO_MORE_MOVES = Duration.ofSeconds(45);
    private static final Duration LIVED = Duration.ofSeconds(10);
    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);
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
    private final Wellbeing wellbeing = new Wellbeing(manager, agents);
    private final Users users;
    private final TreeSet<NodeId> cut = new TreeSet<>();
    private final TreeMap<NodeId, Instant> exchangeAt = new TreeMap<>();
    private final PriorityQueue<Letter> post = new PriorityQueue<>();
    private final Deque<String> story = new ArrayDeque<>();
    private Instant now = START;
    private Instant managerReturns = START;
    private final TreeMap<NodeId, Instant> returns = new TreeMap<>();
    private Instant stored = START;
    private boolean faults = true;
    private long letters;

    Simulation(long seed, int nodes, int steps) {
        this.random = new Random(seed);
        this.users = new Users(random, manager, this::ask, this::tell);
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
                if (chance(0.25)) users.doSomething(now);
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
            if (Users.isOf(Users.BROKEN, service, task.get()) && chance(0.3)) agent.engine.exits(id, 1);
            if (Users.isOf(Users.RESTLESS, service, task.get()) && chance(0.02)) agent.engine.exits(id, 0);
        }
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

    private void ask(Command<?> command) {
        manager.turn(List.of(command), now);
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
                if (answer instanceof Turn.Answer.Done(JoinNode.Joined.Admitted(var cluster))) {
                    manager.joined(agent.node);
                    reply(agent, new ToAgent.Welcome(cluster, EXCHANGE));
                }
            }
            case FromAgent.Heartbeat _ -> {
                manager.turn(List.of(new HearNode(agent.node, List.of())), now);
                manager.resync(agent.node);
                replyAll(agent);
            }
            case FromAgent.Statuses said -> {
                manager.turn(List.of(new HearNode(agent.node, said.reports())), now);
                // What gets lost ends a connection, and the next one begins with everything; what is on its way may be what is missing.
                if (!manager.knows(agent.node, said.generation()) && (!faults || chance(0.5))) manager.resync(agent.node);
                replyAll(agent);
            }
            case FromAgent.Balanced(var version, var troubles) -> manager.turn(List.of(new HearBalanced(agent.node, version, troubles)), now);
            case FromAgent.Resync _ -> {
                manager.resync(agent.node);
                replyAll(agent);
            }
            case FromAgent.Renew _, FromAgent.Trusts _, FromAgent.Unreached _, FromAgent.LogData _, FromAgent.LogEnd _, FromAgent.WantImage _, FromAgent.OfStream _ -> throw new AssertionError(message);
        }
    }

    private void replyAll(SimAgent agent) {
        var led = SimBalancer.Said.of(manager.published(), agent.node);
        carry(agent, () -> {
            if (agent.works()) agent.hears(now);
            if (agent.works() && agent.joined) agent.balancer.hears(led);
        });
        manager.tells(agent.node).ifPresent(told -> reply(agent, told));
    }

    private void reply(SimAgent agent, ToAgent message) {
        carry(agent, () -> {
            if (agent.works() && agent.hears(message, now)) send(agent, new FromAgent.Resync());
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
        untilWell(patience);
        movesEnd(patience);
        untilWell(patience);
    }

    private void untilWell(Instant limit) {
        var since = now;
        for (var amiss = wellbeing.amiss(now); amiss.isPresent(); ) {
            if (now.isAfter(limit)) throw new AssertionError("after " + PATIENCE.toMinutes() + " min without faults: " + amiss.get() + wellbeing.described());
            // Jobs may run on their schedule all the while.
            aWhile(Wellbeing.isOnlyRemembered(amiss.get()) ? since : later(since, stored));
            var before = amiss;
            amiss = wellbeing.amiss(now);
            if (!amiss.equals(before)) since = now;
        }
    }

    /** Sooner or later nothing is better off elsewhere, and nothing moves any more. */
    private void movesEnd(Instant limit) {
        if (manager.published().balanced().isEmpty() && manager.published().moving().isEmpty()) return;
        var still = now;
        var moved = moved();
        while (now.isBefore(still.plus(NO_MORE_MOVES))) {
            if (now.isAfter(limit)) throw new AssertionError("tasks are still being moved, the last ones " + moved + wellbeing.described());
            aWhile(later(still, stored));
            if (!moved().equals(moved)) still = now;
            moved = moved();
        }
    }

    /**
     * A second is lived through. But what takes minutes, as until what was lost is forgotten, is not, beat by beat: what has been as it is since
     * some time is slept through for as long again, by everybody; not while a task waits for its road to be empty.
     */
    private void aWhile(Instant since) {
        if (since.plus(LIVED).isBefore(now) && manager.published().leaving().isEmpty()) {
            var asLong = Duration.between(since, now);
            var slept = asLong.compareTo(LONGEST_SLEEP) < 0 ? asLong : LONGEST_SLEEP;
            now = now.plus(slept);
            agents.forEach(agent -> agent.sleptUntil(now));
            manager.slept(slept, now);
        }
        long version = manager.published().version();
        for (int i = 0; i < 4; i++) {
            now = now.plusMillis(250);
            work();
            neverDoubled();
        }
        if (manager.published().version() != version) stored = now;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private List<TaskId> moved() {
        return manager.published().tasks().values().stream()
                .filter(task -> task.takesOverFor(Takeover.Reason.REBALANCE)).map(Task::id).toList();
    }

    private boolean chance(double share) {
        return random.nextDouble() < share;
    }

    private void tell(String what) {
        story.add(Duration.between(START, now) + " " + what);
        if (story.size() > 60) story.removeFirst();
    }
}
