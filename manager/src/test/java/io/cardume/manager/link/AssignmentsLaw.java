package io.cardume.manager.link;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.loop.Committed;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a manager tells agents of their tasks, as a session does: everything at first, and from then on what is different, of the tasks that
 * were touched. What comes of that is what all tasks put together anew give, and so is what an agent makes of it;
 * and so it is with the secrets and configs that they need.
 */
public final class AssignmentsLaw {
    /** The conversation with one agent. */
    private static final class Session {
        private final TouchedTasks touched = new TouchedTasks();
        private Assignments told = Assignments.nothing();
        private SortedMap<TaskId, AssignedTask> known = new TreeMap<>();
        private boolean resync = true;
    }

    private final Map<NodeId, Session> sessions = new TreeMap<>();

    /** The manager begins; agents connect anew. */
    public void begins() {
        sessions.clear();
    }

    /** An agent has joined. */
    public void joined(NodeId node) {
        sessions.put(node, new Session());
    }

    /** An agent does not know what it is told the difference to. */
    public void resync(NodeId node) {
        sessions.computeIfAbsent(node, _ -> new Session()).resync = true;
    }

    /** The generation that an agent was told last; 0 = none. */
    public long generation(NodeId node) {
        var session = sessions.get(node);
        return session == null ? 0 : session.told.generation();
    }

    /** A transaction was stored. */
    public void committed(Committed committed) {
        var touch = TouchedTasks.Touch.by(committed);
        touch.ones().forEach((node, tasks) -> Optional.ofNullable(sessions.get(node)).ifPresent(session -> session.touched.touch(tasks, touch.version())));
        for (NodeId node : touch.all()) Optional.ofNullable(sessions.get(node)).ifPresent(session -> session.touched.touchAll(touch.version()));
    }

    /** What an agent is told now, if there is something to tell. */
    public Optional<ToAgent.Assignment> tells(ClusterState state, NodeId node) {
        var session = sessions.computeIfAbsent(node, _ -> new Session());
        var touched = session.touched.take(state.version());
        var whole = Assignments.of(state, node);
        if (session.resync) return Optional.of(everything(session, whole));
        var now = touched.map(ones -> ones.isEmpty() ? session.told : session.told.after(state, node, ones)).orElse(whole);
        if (!now.tasks().equals(whole.tasks()))
            throw new AssertionError("node " + node + " is thought to have " + now + " where only " + touched + " may be otherwise, and has " + whole);
        if (now.deliveries().since(whole.deliveries()).hasNext() || whole.deliveries().since(now.deliveries()).hasNext())
            throw new AssertionError("node " + node + " is told other secrets and configs where only " + touched + " may be otherwise than where all is put together anew");
        if (now.tasks().equals(session.told.tasks())) return Optional.empty();
        if (now.generation() == session.told.generation()) return Optional.of(everything(session, whole));
        var difference = now.since(session.told);
        difference.removed().forEach(session.known::remove);
        difference.tasks().forEach(task -> session.known.put(task.id(), task));
        if (!session.known.equals(whole.tasks()))
            throw new AssertionError("node " + node + " was told " + difference + " and makes of it " + session.known + ", not " + whole);
        session.told = now;
        return Optional.of(difference);
    }

    private static ToAgent.Assignment everything(Session session, Assignments whole) {
        session.resync = false;
        session.told = whole;
        session.known = new TreeMap<>(whole.tasks());
        return whole.whole();
    }
}
