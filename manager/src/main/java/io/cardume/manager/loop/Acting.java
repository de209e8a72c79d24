package io.cardume.manager.loop;

import io.cardume.manager.cluster.Draft;
import java.util.List;

/**
 * A command as it is done for somebody. Whatever the command is, what it changes is held against what that one may change, by
 * the only writer and in the state it is done in: a user who was removed, or who got another role, in the meantime is refused.
 *
 * @param actor for whom
 * @param command what is asked
 * @param <A> what the command answers
 */
public record Acting<A>(Actor actor, Command<A> command) implements Command<Acting.Done<A>> {
    /**
     * What came of it.
     *
     * @param answer the command's own
     * @param touched what was changed, as {@code service web (id)}
     */
    public record Done<A>(A answer, List<String> touched) {
        public Done {
            touched = List.copyOf(touched);
        }
    }

    @Override
    public Done<A> apply(Draft draft) throws Refusal {
        var before = draft.state();
        var bounds = Bounds.of(actor, before);
        for (var name : command.declares()) bounds.declareOrRefuse(name);
        var mark = draft.mark();
        A answer;
        try {
            answer = command.apply(draft);
        } catch (Refusal refusal) {
            throw bounds.told(refusal);
        }
        var changes = draft.since(mark);
        for (var change : changes) bounds.orRefuse(before, draft.state(), change);
        return new Done<>(answer, changes.stream().flatMap(change -> ChangedObjects.by(before, change).stream()).distinct().toList());
    }
}
