package io.cardume.manager.loop;

import io.cardume.api.EngineTrouble;
import io.cardume.api.NodeId;
import io.cardume.api.link.TaskReport;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a node's agent says of itself and its tasks: a sign of life, with reports or without. Reports of tasks that are
 * not the node's, or are dead for the cluster, change nothing. A node that has lost its engine is as good as silent.
 */
public record HearNode(NodeId node, List<TaskReport> reports) implements Command<Void> {
    public HearNode {
        reports = List.copyOf(reports);
    }

    /** The same, and what it said after that. */
    public HearNode and(HearNode later) {
        return new HearNode(node, Stream.concat(reports.stream(), later.reports.stream()).toList());
    }

    @Override
    public Void apply(Draft draft) {
        boolean lost = draft.state().node(node).flatMap(Node::trouble).filter(EngineTrouble::lost).isPresent();
        if (!lost) draft.add(new Change.NodeHeard(node, draft.now()));
        for (TaskReport report : reports) {
            var task = draft.state().task(report.task());
            if (task.isEmpty() || !task.get().node().filter(node::equals).isPresent()) continue;
            var observed = task.get().observed(report.status());
            if (observed != task.get()) draft.put(observed);
        }
        return null;
    }
}
