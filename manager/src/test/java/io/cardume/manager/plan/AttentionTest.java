package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttentionTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final ClusterState state = cluster().nodes(1).service("web", 1).service("db", 1).service("log", 1).state().settled();
    private final ServiceId web = state.serviceNamed("web").map(Service::id).orElseThrow();
    private final ServiceId db = state.serviceNamed("db").map(Service::id).orElseThrow();
    private final ServiceId log = state.serviceNamed("log").map(Service::id).orElseThrow();
    private final Attention attention = new Attention();

    private Set<ServiceId> looked(ClusterState at, Instant now) {
        return attention.of(at, () -> List.of(web, db), now);
    }

    private Optional<Instant> kept(ClusterState at, Instant now, Optional<Instant> ofWeb, Optional<Instant> ofDb) {
        return attention.keep(at, () -> List.of(web, db), now, id -> id.equals(web) ? ofWeb : id.equals(db) ? ofDb : Optional.empty());
    }

    private static Optional<Instant> in(int seconds) {
        return Optional.of(NOW.plusSeconds(seconds));
    }

    @Test
    void allAreLookedAtAsLongAsNothingIsKnownAndWhenItIsForgotten() {
        assertThat(looked(state, NOW)).containsOnly(web, db);
        kept(state, NOW, in(5), in(7));
        assertThat(looked(state, NOW)).isEmpty();
        attention.forget();
        assertThat(looked(state, NOW)).containsOnly(web, db);
    }

    @Test
    void thoseWhoseTimeHasComeAreLookedAtUntilTheyHaveAnother() {
        assertThat(kept(state, NOW, in(5), in(7))).isEqualTo(in(5));
        assertThat(looked(state, NOW.plusSeconds(5))).containsOnly(web);
        assertThat(kept(state, NOW.plusSeconds(5), in(9), in(8))).as("the second is not asked").isEqualTo(in(7));
        assertThat(looked(state, NOW.plusSeconds(8))).containsOnly(db);
        assertThat(kept(state, NOW.plusSeconds(8), Optional.empty(), Optional.empty())).isEqualTo(in(9));
        assertThat(looked(state, NOW.plusSeconds(9))).containsOnly(web);
    }

    @Test
    void whatIsTouchedIsLookedAtWheneverItWouldBeDue() {
        kept(state, NOW, in(5), in(5));
        var touched = state.with(List.of(new Change.ServicePut(state.services().get(web)), new Change.ServicePut(state.services().get(log))));
        assertThat(looked(touched, NOW)).containsOnly(web, log);
        assertThat(kept(touched, NOW, Optional.empty(), Optional.empty())).isEqualTo(in(5));
        assertThat(looked(state, NOW.plusSeconds(5))).containsOnly(db);
    }
}
