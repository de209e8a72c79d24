package io.cardume.manager.link;

import io.cardume.api.link.LogLine;
import io.cardume.manager.gate.Memory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The manager's end of one followed log. The agent sends no more lines than it was granted, and what waits here is bounded in
 * lines and bytes however slow the reader is and however long the lines are: the log is let go of before it takes more, and can
 * be had on from its last line.
 */
final class LogFollow {
    /** Lines the agent may be ahead of the reader. */
    static final int CREDIT = 512;
    /** Bytes that may wait; a single line may be longer. */
    static final int BYTES = 256 << 10;

    private sealed interface Item {
        record Line(LogLine line) implements Item {}

        record End(Optional<LogsUnavailable> why) implements Item {}
    }

    /** Room for all lines granted, and for three ends: the agent's, the connection's and its own. */
    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>(CREDIT + 3);
    private final IntConsumer grant;
    private final Memory memory;
    private int allowed = CREDIT;
    private long waiting;
    /** Whether nothing more is taken. */
    private boolean over;

    LogFollow(Memory memory, IntConsumer grant) {
        this.memory = memory;
        this.grant = grant;
    }

    /** Lines came; those beyond what was granted are dropped, and it is false then. */
    synchronized boolean lines(List<LogLine> lines) {
        for (LogLine line : lines) {
            if (allowed == 0) return false;
            allowed--;
            if (over) continue;
            if (memory.take(line.text().length, waiting, BYTES)) {
                waiting += line.text().length;
                items.offer(new Item.Line(line));
            } else {
                over = true;
                items.offer(new Item.End(Optional.of(new LogsBehind("its lines are read too slowly"))));
            }
        }
        return true;
    }

    /** How many more lines may come. */
    synchronized int allowed() {
        return allowed;
    }

    /** No more will come. */
    synchronized void end(Optional<String> error) {
        over = true;
        items.offer(new Item.End(error.map(LogsUnavailable::new)));
    }

    /** Gives the lines on as they come, until the end. */
    void drainTo(Consumer<LogLine> sink) throws LogsUnavailable, InterruptedException {
        int read = 0;
        try {
            while (true) {
                switch (items.take()) {
                    case Item.Line(var line) -> {
                        try {
                            sink.accept(line);
                        } finally {
                            given(line);
                        }
                    }
                    case Item.End(var why) -> {
                        if (why.isPresent()) throw why.get();
                        return;
                    }
                }
                if (++read == CREDIT / 2) {
                    synchronized (this) {
                        allowed += read;
                    }
                    grant.accept(read);
                    read = 0;
                }
            }
        } finally {
            forget();
        }
    }

    private synchronized void given(LogLine line) {
        waiting -= line.text().length;
        memory.give(line.text().length);
    }

    private synchronized void forget() {
        over = true;
        memory.give(waiting);
        waiting = 0;
        items.clear();
    }
}
