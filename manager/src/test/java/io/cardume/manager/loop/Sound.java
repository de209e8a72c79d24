package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Invariants;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.Stored;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A small cluster on which commands of any kind are tried: whatever they say, it stays sound. */
public final class Sound {
    /** The node that the tasks are on. */
    public static final NodeId NODE = new NodeId("a");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ClusterState BEGUN = begun();

    private Sound() {}

    /** A cluster with two nodes and a service of three tasks. */
    private static ClusterState begun() {
        var state = ClusterState.empty();
        for (Command<?> command : List.of(Commands.init(), new JoinNode(Commands.hello("a"), "10.0.0.1"),
                new JoinNode(Commands.hello("b"), "10.0.0.2"), new CreateService(Commands.service("web", 3))))
            state = turn(state, List.of(command)).after();
        return state;
    }

    /** Its state before anything was tried. */
    public static ClusterState state() {
        return BEGUN;
    }

    /**
     * Has commands done, one after the other. It is an error of ours if one fails otherwise than by a refusal, the planner fails,
     * a law is broken, or what is stored comes back as something else.
     */
    public static void after(List<? extends Command<?>> commands) {
        var state = BEGUN;
        for (Command<?> command : commands) state = checked(state, turn(state, List.of(command)));
        checked(state, turn(state, List.of()));
    }

    private static Turn turn(ClusterState state, List<Command<?>> commands) {
        return Turn.decide(state, commands, new Planner(PlannerSettings.DEFAULTS), NOW, "seed");
    }

    private static ClusterState checked(ClusterState before, Turn turn) {
        for (Turn.Answer answer : turn.answers())
            if (answer instanceof Turn.Answer.Failed(var why) && !(why instanceof Refusal)) throw new AssertionError("a command failed", why);
        turn.fault().ifPresent(why -> {
            throw new AssertionError("the planner failed", why);
        });
        var broken = new ArrayList<>(Invariants.check(turn.after()));
        broken.addAll(Invariants.check(before, turn.after()));
        if (!broken.isEmpty()) throw new AssertionError("broken: " + broken);
        turn.transaction().ifPresent(transaction -> {
            var again = Stored.andReadAgain(transaction);
            if (!again.equals(transaction)) throw new AssertionError("stored " + transaction + " came back as " + again);
        });
        return turn.after();
    }
}
