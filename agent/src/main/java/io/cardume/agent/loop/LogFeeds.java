package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.task.Container;
import io.cardume.api.TaskId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.ToAgent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * The logs that are being sent, and those that wait for their container. Each that is sent has one thread that reads lines from the engine and one that sends them, never more
 * than were granted; what waits in between is bounded, so a slow reader slows the engine's stream down.
 */
final class LogFeeds {
    private static final int WAITING = 256;
    private static final int LONGEST_BATCH_LINES = 128;
    private static final int LONGEST_BATCH_BYTES = 48 << 10;

    /** Not a line: the end of the log. */
    private static final LogLine END = new LogLine(0, Instant.EPOCH, new byte[0]);

    private final ContainerEngine engine;
    private final Outbox outbox;
    private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
    /** Touched by the decision thread alone. */
    private final List<ToAgent.FollowLogs> waiting = new ArrayList<>();

    LogFeeds(ContainerEngine engine, Outbox outbox) {
        this.engine = engine;
        this.outbox = outbox;
    }

    /** A log is wanted. */
    void want(ToAgent.FollowLogs wanted) {
        waiting.add(wanted);
    }

    /** Begins what can begin, and refuses what never will. */
    void beginWanted(Function<TaskId, Optional<Kept>> tasks) {
        waiting.removeIf(wanted -> {
            var kept = tasks.apply(wanted.task()).filter(found -> found.assigned.isPresent());
            if (kept.isEmpty()) {
                refuse(wanted.request(), Optional.of("task " + wanted.task() + " is not on this node"));
                return true;
            }
            if (kept.get().observed instanceof Container.Running || kept.get().observed instanceof Container.Exited) {
                begin(wanted, kept.get().assigned.get().spec().containerSpec().tty().orElse(false));
                return true;
            }
            boolean mayCome = wanted.options().follow() && kept.get().memory.verdict().isEmpty();
            if (!mayCome) refuse(wanted.request(), Optional.empty());
            return !mayCome;
        });
    }

    private void begin(ToAgent.FollowLogs wanted, boolean tty) {
        var feed = new Feed(wanted, tty);
        var older = feeds.put(wanted.request(), feed);
        if (older != null) older.stop();
        feed.start();
    }

    /** Answers a request there is no log for. */
    private void refuse(String request, Optional<String> why) {
        outbox.say(new FromAgent.LogEnd(request, why));
    }

    void grant(String request, int lines) {
        var feed = feeds.get(request);
        if (feed != null && lines > 0) feed.credit.release(lines);
    }

    void stop(String request) {
        waiting.removeIf(wanted -> wanted.request().equals(request));
        var feed = feeds.remove(request);
        if (feed != null) feed.stop();
    }

    void stopAll() {
        waiting.clear();
        feeds.keySet().forEach(this::stop);
    }

    private final class Feed {
        private final ToAgent.FollowLogs wanted;
        private final boolean tty;
        private final Semaphore credit;
        private final BlockingQueue<LogLine> lines = new ArrayBlockingQueue<>(WAITING);
        private final Thread reader;
        private final Thread sender;
        private volatile Optional<String> error = Optional.empty();

        Feed(ToAgent.FollowLogs wanted, boolean tty) {
            this.wanted = wanted;
            this.tty = tty;
            this.credit = new Semaphore(Math.max(0, wanted.lines()));
            this.reader = Thread.ofVirtual().name("log " + wanted.task() + " read").unstarted(this::read);
            this.sender = Thread.ofVirtual().name("log " + wanted.task() + " send").unstarted(this::send);
        }

        void start() {
            reader.start();
            sender.start();
        }

        void stop() {
            reader.interrupt();
            sender.interrupt();
        }

        private void read() {
            try {
                engine.logs(wanted.task(), tty, wanted.options(), this::queue);
            } catch (EngineException e) {
                error = Optional.of(e.getMessage());
            } catch (RuntimeException e) {
                error = Optional.of("the log cannot be read: " + e);
            } finally {
                // The sender waits for lines; an end is a line that is none.
                if (!Thread.currentThread().isInterrupted()) queue(END);
            }
        }

        private void queue(LogLine line) {
            try {
                lines.put(line);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void send() {
            try {
                boolean open = true;
                Optional<LogLine> left = Optional.empty();
                while (open) {
                    LogLine first = left.isPresent() ? left.get() : lines.take();
                    left = Optional.empty();
                    if (first == END) break;
                    credit.acquire();
                    List<LogLine> batch = new ArrayList<>();
                    batch.add(first);
                    int bytes = first.text().length;
                    while (batch.size() < LONGEST_BATCH_LINES && bytes < LONGEST_BATCH_BYTES) {
                        LogLine next = lines.poll();
                        if (next == null) break;
                        if (next == END || !credit.tryAcquire()) {
                            left = Optional.of(next);
                            break;
                        }
                        batch.add(next);
                        bytes += next.text().length;
                    }
                    open = outbox.sayPatiently(new FromAgent.LogData(wanted.request(), batch));
                }
                outbox.sayPatiently(new FromAgent.LogEnd(wanted.request(), error));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                reader.interrupt();
                feeds.remove(wanted.request(), this);
            }
        }
    }
}
