package io.cardume.manager.plan;

import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Tasks that may go to one node only: they go there before any other is placed, or say why they cannot. */
final class Homing {
    private Homing() {}

    /** Places those that find room at home. */
    static void place(Draft draft, Hosts hosts) {
        var waiting = draft.state().pending().stream().map(draft.state().tasks()::get).filter(task -> task.home().isPresent()).toList();
        if (waiting.isEmpty()) return;
        var order = new StartOrder(draft.state());
        for (Task task : waiting) {
            if (Placing.isHeldBack(draft, order, task) || veto(draft.state(), task, draft.now()).isPresent()) continue;
            var home = task.home().get();
            var demand = Demand.of(draft.state(), draft.state().services().get(task.service()), task.revision());
            draft.put(task.on(home, TaskStatus.of(draft.now(), TaskState.ASSIGNED, "scheduler assigned task to node", ""),
                    demand.share(draft.state(), draft.state().nodes().get(home))));
            hosts.bears(hosts.host(home).orElseThrow(), draft.state().load(home));
        }
    }

    /** Tells why those that wait do. */
    static void explain(Draft draft) {
        var order = new StartOrder(draft.state());
        for (TaskId id : draft.state().pending()) {
            var task = draft.state().tasks().get(id);
            if (task.home().isEmpty() || Placing.isHeldBack(draft, order, task)) continue;
            var vetoes = veto(draft.state(), task, draft.now()).map(veto -> Map.of(veto, 1)).orElse(Map.of());
            var words = Placing.said(draft.state(), task.service(), Veto.sentence(vetoes), vetoes);
            draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "pending task scheduling", words)));
        }
    }

    private static Optional<Veto> veto(ClusterState state, Task task, Instant now) {
        var service = state.services().get(task.service());
        var node = task.home().flatMap(state::node);
        if (node.isEmpty()) return Optional.of(Veto.NOT_AVAILABLE);
        return Demand.of(state, service, task.revision()).veto(node.get(), state.load(node.get().id()), 0);
    }
}
