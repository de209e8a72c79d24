package io.cardume.manager.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import java.time.Instant;
import java.util.Optional;

/** A state, and commands that are applied to it one after the other. */
abstract class CommandScene {
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    ClusterState state = ClusterState.empty();

    final RollBackService rollback(ServiceId id) {
        var service = state.service(id).orElseThrow();
        return new RollBackService(id, service.version(), Optional.empty());
    }

    final <A> A done(Command<A> command) throws Refusal {
        var draft = new Draft(state, NOW, "seed");
        A answer = command.apply(draft);
        if (!draft.stored().isEmpty()) state = draft.state().at(draft.version());
        return answer;
    }

    /** Plans for what commands have changed. */
    final void planned() {
        var draft = new Draft(state, NOW, "plan");
        new Planner(PlannerSettings.DEFAULTS).plan(draft);
        state = draft.state().at(draft.version()).settled();
    }

    final void assertRefused(Command<?> command, Refusal.Kind kind, String words) {
        var before = state;
        assertThatThrownBy(() -> done(command)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(kind);
            assertThat(refusal.getMessage()).contains(words);
        });
        assertThat(state).isEqualTo(before);
    }
}
