package io.cardume.manager.simulator;

import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.task.Action;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.TaskMemory;
import io.cardume.agent.task.TaskStep;
import io.cardume.agent.task.Wanted;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.loop.Commands;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** An agent on one thread: the real {@link TaskStep} over a fake engine, its exchanges carried by the simulation. */
final class SimAgent {
    private static final Duration OFFLINE_AFTER = Duration.ofSeconds(5);

    final NodeId node;
    final FakeEngine engine;
    final SimBalancer balancer = new SimBalancer();
    private final NodeDescription description;
    private final String token;
    private Optional<ClusterId> member = Optional.empty();
    /** The host has power. */
    boolean hostUp = true;
    /** The agent's process runs. */
    boolean agentUp = true;
    private boolean engineAway;
    boolean joined;
    private boolean whole;
    private long generation;
    private Instant heard;
    private SortedMap<TaskId, AssignedTask> assigned = new TreeMap<>();
    private SortedMap<TaskId, TaskMemory> memories = new TreeMap<>();

    SimAgent(NodeId node, String token, InstantSource clock) {
        this.node = node;
        this.token = token;
        this.engine = new FakeEngine(node.value(), clock);
        this.description = Commands.host(node.value());
        this.heard = clock.instant();
    }

    boolean works() {
        return hostUp && agentUp;
    }

    /** The host loses power; what ran has ended, what was remembered is gone. */
    void hostDies() {
        engine.restarted();
        balancer.hostDies();
        hostUp = false;
        forgetAll();
    }

    /** The agent's process dies; containers go on. */
    void agentDies() {
        agentUp = false;
        balancer.agentDies();
        forgetAll();
    }

    private void forgetAll() {
        joined = false;
        whole = false;
        generation = 0;
        assigned = new TreeMap<>();
        memories = new TreeMap<>();
    }

    /** It is started again, or its connection was lost: it must say hello. */
    void connectionLost() {
        joined = false;
        whole = false;
    }

    void starts(Instant now) {
        hostUp = true;
        agentUp = true;
        heard = now;
        engineAway(false);
    }

    /** It has slept until now, with the manager. */
    void sleptUntil(Instant now) {
        heard = now;
    }

    /** A sign of life of the manager. */
    void hears(Instant now) {
        heard = now;
    }

    /** Takes what it is told; whether it has to be told everything, for it does not know what this is the difference to. */
    boolean hears(ToAgent message, Instant now) {
        heard = now;
        switch (message) {
            case ToAgent.Welcome(var cluster, _) -> {
                member = Optional.of(cluster);
                joined = true;
                return false;
            }
            case ToAgent.Assignment assignment -> {
                return joined && takes(assignment);
            }
            case ToAgent.Delivery _, ToAgent.Networks _, ToAgent.Balancing _, ToAgent.Certificates _, ToAgent.Issued _, ToAgent.Roots _, ToAgent.RenewNow _, ToAgent.Refused _, ToAgent.ClusterEnded _, ToAgent.FollowLogs _,
                    ToAgent.GrantLogs _, ToAgent.StopLogs _, ToAgent.OfStream _, ToAgent.Logins _,
                    ToAgent.ImageNews _ -> throw new AssertionError("not in this simulation: " + message);
        }
    }

    private boolean takes(ToAgent.Assignment assignment) {
        if (assignment.base().isPresent()) {
            if (whole && assignment.generation() <= generation) return false;
            if (!whole || assignment.base().get() != generation) return true;
            assignment.removed().forEach(assigned::remove);
        } else {
            if (whole && assignment.generation() < generation) return false;
            whole = true;
            assigned = new TreeMap<>();
        }
        generation = assignment.generation();
        assignment.tasks().forEach(task -> assigned.put(task.id(), task));
        return false;
    }

    /** What it has to say now. */
    FromAgent speaks(Instant now) {
        if (!joined) return new FromAgent.Hello(token, node, member, description, "10.0.0.1");
        if (!whole) return new FromAgent.Heartbeat(generation, Optional.empty());
        var reports = new ArrayList<TaskReport>();
        memories.forEach((task, memory) -> memory.said().ifPresent(said -> reports.add(new TaskReport(task, said))));
        return new FromAgent.Statuses(generation, true, reports);
    }

    /** Does what follows for each task; an action that began is ended at a later call, by chance. */
    void works(Instant now, RandomGenerator random, double endsAction) {
        if (member.isEmpty()) return;
        boolean offline = heard.plus(OFFLINE_AFTER).isBefore(now);
        SortedMap<TaskId, Container> containers;
        try {
            containers = engine.containers(member.get());
        } catch (EngineException e) {
            return;
        }
        for (AssignedTask task : List.copyOf(assigned.values()))
            step(task.id(), Wanted.of(task).offline(offline), Optional.of(task), containers, now, random, endsAction);
        if (!whole) return;
        for (TaskId task : List.copyOf(containers.keySet()))
            if (!assigned.containsKey(task))
                step(task, Wanted.GONE, Optional.empty(), containers, now, random, endsAction);
        memories.keySet().removeIf(task -> !assigned.containsKey(task) && !containers.containsKey(task));
    }

    private void step(
            TaskId id,
            Wanted wanted,
            Optional<AssignedTask> task,
            SortedMap<TaskId, Container> containers,
            Instant now,
            RandomGenerator random,
            double endsAction) {
        var container = containers.getOrDefault(id, new Container.Absent());
        var memory = memories.getOrDefault(id, TaskMemory.NEW);
        if (memory.underway().isPresent() && random.nextDouble() < endsAction) {
            memory = perform(id, memory.underway().get(), task, memory, now);
            container = shown(id);
        }
        var step = TaskStep.next(wanted, container, memory.saw(container), now);
        memory = memory.saw(container).said(step.status());
        if (step.action().isPresent()) memory = memory.ordered(step.action().get(), now);
        memories.put(id, memory);
    }

    private Container shown(TaskId id) {
        try {
            return engine.container(id);
        } catch (EngineException e) {
            return new Container.Absent();
        }
    }

    private TaskMemory perform(
            TaskId id, Action action, Optional<AssignedTask> task, TaskMemory memory, Instant now) {
        try {
            switch (action) {
                case Action.Pull(var image, _) -> engine.pull(image);
                case Action.Create _ -> {
                    if (task.isPresent()) engine.create(task.get(), member.get(), node);
                }
                case Action.Start _ -> engine.start(id);
                case Action.Drain _ -> {}
                case Action.Stop _ -> engine.stop(id);
                case Action.Remove _ -> engine.remove(id);
                case Action.Restart _ -> {
                    if (task.isPresent()) engine.create(task.get(), member.get(), node);
                    engine.start(id);
                }
            }
            return memory.succeeded(action);
        } catch (EngineException e) {
            return switch (e.kind()) {
                case UNREACHABLE -> memory.troubled(e.getMessage(), now);
                case REFUSED -> memory.refused(action, e.getMessage(), now);
                case NOT_FOUND, CONFLICT -> memory.missed(action, e.getMessage(), now);
            };
        }
    }

    /** Running containers of the cluster's tasks, as the engine itself knows them. */
    List<TaskId> running() {
        if (member.isEmpty()) return List.of();
        return containers().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Container.Running)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** All containers of the cluster's tasks, whether or not the engine answers its agent. */
    SortedMap<TaskId, Container> containers() {
        if (member.isEmpty()) return new TreeMap<>();
        try {
            if (engineAway) engine.reachable();
            return engine.containers(member.get());
        } catch (EngineException e) {
            throw new AssertionError(e);
        } finally {
            if (engineAway) engine.unreachable();
        }
    }

    void engineAway(boolean away) {
        engineAway = away;
        if (away) engine.unreachable();
        else engine.reachable();
    }

    @Override
    public String toString() {
        return node + (hostUp ? "" : " (host down)") + (agentUp ? "" : " (agent down)");
    }
}
