package io.cardume.manager.loop;

import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Transaction;
import io.cardume.manager.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One turn of the loop, decided and not yet stored: commands applied in their order, then one plan.
 *
 * @param transaction what is to be stored; empty if nothing is
 * @param after the state once it is stored
 * @param answers one per command, in their order
 * @param wakeAt when time alone may change something
 * @param fault why nothing was planned, if the planner failed: a fault of ours, never of the caller's
 */
public record Turn(
        Optional<Transaction> transaction,
        ClusterState after,
        List<Answer> answers,
        Optional<Instant> wakeAt,
        Optional<RuntimeException> fault) {
    private static final Duration PAUSE_AFTER_FAULT = Duration.ofSeconds(1);

    /** What came of a command. */
    public sealed interface Answer {
        /** It is done once the turn is stored. */
        record Done(Object value) implements Answer {}

        /** It was refused, or it failed on a fault of ours. */
        record Failed(Exception why) implements Answer {}
    }

    /**
     * Decides a turn; nothing outside is touched.
     *
     * @param published the state so far
     * @param seed what makes this manager's ids differ from another's
     */
    public static Turn decide(
            ClusterState published, List<? extends Command<?>> commands, Planner planner, Instant now, String seed) {
        var draft = new Draft(published, now, seed);
        var answers = new ArrayList<Answer>();
        for (Command<?> command : commands) answers.add(answer(command, draft));
        var beforePlan = draft.mark();
        Optional<Instant> wakeAt;
        Optional<RuntimeException> fault = Optional.empty();
        try {
            wakeAt = planner.plan(draft);
        } catch (RuntimeException e) {
            draft.backTo(beforePlan);
            wakeAt = Optional.of(now.plus(PAUSE_AFTER_FAULT));
            fault = Optional.of(e);
        }
        List<Change> stored = draft.stored();
        var after = fault.isPresent() ? draft.state() : draft.state().settled();
        if (stored.isEmpty()) return new Turn(Optional.empty(), after, answers, wakeAt, fault);
        var transaction = new Transaction(draft.version(), now, stored);
        return new Turn(Optional.of(transaction), after.at(transaction.version()), answers, wakeAt, fault);
    }

    private static Answer answer(Command<?> command, Draft draft) {
        var before = draft.mark();
        try {
            return new Answer.Done(command.apply(draft));
        } catch (Refusal | RuntimeException e) {
            draft.backTo(before);
            return new Answer.Failed(e);
        }
    }
}
