package io.cardume.manager.link;

import io.cardume.api.TaskId;
import io.cardume.api.link.Errand;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.gate.Memory;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What is being read of one agent: logs that are followed, and streams of errands. It sends no more of either than it was granted;
 * what it was not asked for is dropped.
 */
final class OpenReadings {
    private static final int STREAMS = 256;

    private final Memory memory;
    private final Predicate<ToAgent> send;
    private final LinkStream.Sender sendPatiently;
    private final BooleanSupplier ended;
    private final Map<String, LogFollow> follows = new ConcurrentHashMap<>();
    private final Map<String, LinkStream> streams = new ConcurrentHashMap<>();
    /** Lines and chunks that were granted to what nobody reads any more, and may still come. */
    private final AtomicLong owed = new AtomicLong();

    /**
     * @param memory what waits for readers is in
     * @param send says something to the agent; whether it is on its way
     * @param sendPatiently the same, and waits for room
     * @param ended whether the conversation has ended
     */
    OpenReadings(Memory memory, Predicate<ToAgent> send, LinkStream.Sender sendPatiently, BooleanSupplier ended) {
        this.memory = memory;
        this.send = send;
        this.sendPatiently = sendPatiently;
        this.ended = ended;
    }

    /** Whether the agent was asked for it; then whoever asked is given it. */
    boolean take(FromAgent message) {
        return switch (message) {
            case FromAgent.LogData(var request, var lines) -> {
                var follow = request == null ? null : follows.get(request);
                yield follow == null ? isOwed(lines.size()) : follow.lines(lines);
            }
            case FromAgent.OfStream part -> {
                var stream = part.stream() == null ? null : streams.get(part.stream());
                yield stream == null ? isOwed(1) : stream.heard(part);
            }
            default -> false;
        };
    }

    private boolean isOwed(int count) {
        return owed.getAndUpdate(left -> Math.max(0, left - count)) > 0;
    }

    /** The agent has no more of a log. */
    void ended(FromAgent.LogEnd end) {
        var follow = follows.get(end.request());
        if (follow != null) follow.end(end.error());
    }

    /** What still waits for the agent waits in vain. */
    void lost() {
        follows.values().forEach(follow -> follow.end(Optional.of("the connection to the agent was lost")));
        streams.values().forEach(LinkStream::lost);
    }

    /** As {@link AgentServer#follow}. */
    void follow(TaskId task, LogOptions options, Consumer<LogLine> sink) throws LogsUnavailable, InterruptedException {
        var request = UUID.randomUUID().toString();
        var follow = new LogFollow(memory, more -> send.test(new ToAgent.GrantLogs(request, more)));
        follows.put(request, follow);
        try {
            if (ended.getAsBoolean() || !send.test(new ToAgent.FollowLogs(request, task, options, LogFollow.CREDIT)))
                throw new LogsUnavailable("the agent of the task's node is not keeping up");
            follow.drainTo(sink);
        } finally {
            follows.remove(request);
            owed.addAndGet(follow.allowed());
            send.test(new ToAgent.StopLogs(request));
        }
    }

    /** Sends the agent of a node on an errand. */
    AgentStream open(String node, Errand errand) throws ErrandException {
        if (streams.size() >= STREAMS)
            throw ErrandException.unreachable("there are " + STREAMS + " errands at node " + node + " already, which is the most");
        var name = UUID.randomUUID().toString();
        var stream = new LinkStream(name, memory, sendPatiently, () -> forget(name));
        streams.put(name, stream);
        if (ended.getAsBoolean() || !send.test(new ToAgent.Open(name, errand, LinkStream.WINDOW))) {
            streams.remove(name);
            throw ErrandException.unreachable("the agent of the node is not keeping up");
        }
        return stream;
    }

    private void forget(String name) {
        var stream = streams.remove(name);
        if (stream != null) owed.addAndGet(stream.allowed());
    }
}
