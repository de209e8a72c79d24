package io.cardume.manager.plan;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.util.Optional;

/** What a change of a service will come to, before it is carried out. */
public final class Outlook {
    private Outlook() {}

    /**
     * The lowest number of tasks that take requests from now until a change is carried out, if nothing else goes wrong.
     *
     * @param was the service before; empty if it is new
     * @param is the service after; empty if it goes
     */
    public static int lowest(ClusterState state, Optional<Service> was, Optional<Service> is) {
        if (was.isEmpty() || is.isEmpty()) return 0;
        var before = was.get();
        var after = is.get();
        int serving = (int) Slot.of(state, before).stream().filter(slot -> slot.tasks().stream().anyMatch(Task::isServing)).count();
        if (after.isJob()) return 0;
        int kept = after.isGlobal() ? serving : Math.min(serving, after.spec().replicas());
        boolean replaced = !before.current().runsAs(after.current());
        var pace = Pace.of(after.spec(), false);
        if (!replaced || pace.order() == Takeover.Order.START_FIRST) return kept;
        return pace.parallelism() == 0 ? 0 : (int) Math.max(0, kept - pace.parallelism());
    }
}
