package io.cardume.manager.http;

import io.cardume.api.NodeId;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.manager.link.AgentStream;
import io.cardume.manager.link.Agents;
import io.cardume.manager.link.ErrandException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Agents whose engines show next to nothing. A command gives its input back on standard output, word by word as it comes,
 * says {@code end} on standard error when the input ends, and exits with 7.
 */
final class FakeAgents implements Agents {
    /** The id of every command. */
    static final String EXEC = "e".repeat(64);

    /** The errands they were sent on. */
    final List<Errand> errands = new CopyOnWriteArrayList<>();
    /** Commands whose client went away. */
    final CountDownLatch closed = new CountDownLatch(1);
    /** Whether nobody can be reached. */
    volatile boolean away;
    /** What a list of containers is answered with. */
    volatile String listed = "[]";
    /** Who does not answer whom over the networks between hosts. */
    final Map<NodeId, SortedSet<NodeId>> unreached = new ConcurrentHashMap<>();
    private volatile Stream running = new Stream();

    @Override
    public SortedSet<NodeId> unreached(NodeId node) {
        return unreached.getOrDefault(node, Collections.emptySortedSet());
    }

    @Override
    public AgentStream open(NodeId node, Errand errand) throws ErrandException {
        errands.add(errand);
        if (away) throw ErrandException.unreachable("the agent of node " + node + " is not connected");
        var stream = new Stream();
        switch (errand) {
            case Errand.Listing _ -> stream.answers(listed);
            case Errand.Inspect _ -> stream.answers("{\"Id\":\"x\"}");
            case Errand.Top _ -> stream.answers("{\"Titles\":[],\"Processes\":[]}");
            case Errand.Stats(_, var goesOn, _) -> {
                if (goesOn) stream.says("{\"id\":\"x\"}\n");
                else stream.answers("{\"id\":\"x\"}\n");
            }
            case Errand.CreateExec _ -> stream.answers(EXEC);
            case Errand.RunExec _ -> running = stream;
            case Errand.StartExec _, Errand.ResizeExec _ -> stream.ends(Optional.empty());
            case Errand.InspectExec _ -> stream.ends(Optional.of(3));
            case Errand.HasImage _, Errand.SaveImage _, Errand.LoadImage _ -> throw new AssertionError(errand);
        }
        return stream;
    }

    /** The connection of the agent that runs a command is lost. */
    void lost() {
        running.pieces.add(new Lost());
    }

    private interface Next {
        AgentStream.Piece piece() throws ErrandException;
    }

    private record Came(AgentStream.Piece piece) implements Next {}

    private record Lost() implements Next {
        @Override
        public AgentStream.Piece piece() throws ErrandException {
            throw new ErrandException(new ErrandFailure(ErrandFailure.Kind.UNREACHABLE, "the connection to the agent was lost"));
        }
    }

    private final class Stream implements AgentStream {
        private final BlockingQueue<Next> pieces = new LinkedBlockingQueue<>();
        private volatile boolean over;

        void says(String text) {
            pieces.add(new Came(new Piece.Data(1, text.getBytes(StandardCharsets.UTF_8))));
        }

        void answers(String text) {
            says(text);
            ends(Optional.empty());
        }

        void ends(Optional<Integer> code) {
            over = true;
            pieces.add(new Came(new Piece.End(code)));
        }

        @Override
        public Piece next(Duration limit) throws ErrandException, InterruptedException {
            var next = pieces.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
            return next == null ? new Piece.Silence() : next.piece();
        }

        @Override
        public boolean awaitRoom(Duration limit) {
            return true;
        }

        @Override
        public boolean send(byte[] bytes) {
            pieces.add(new Came(new Piece.Data(1, bytes)));
            return true;
        }

        @Override
        public boolean sendEnd() {
            pieces.add(new Came(new Piece.Data(2, "end".getBytes(StandardCharsets.UTF_8))));
            ends(Optional.of(7));
            return true;
        }

        @Override
        public void close() {
            if (over) return;
            over = true;
            closed.countDown();
            pieces.add(new Lost());
        }
    }
}
