package io.cardume.manager.link;

import io.cardume.api.link.LogLine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The manager's end of one followed log. The agent sends no more lines than it was granted, so what waits here is
 * bounded however slow the reader is.
 */
final class LogFollow {
    /** Lines the agent may be ahead of the reader. */
    static final int CREDIT = 512;

    private sealed interface Item {
        record Line(LogLine line) implements Item {}

        record End(Optional<String> error) implements Item {}
    }

    /** Room for all lines granted, and for two ends: the agent's and the connection's. */
    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>(CREDIT + 2);
    private final IntConsumer grant;

    LogFollow(IntConsumer grant) {
        this.grant = grant;
    }

    /** Lines came; those beyond what was granted are dropped. */
    void lines(List<LogLine> lines) {
        for (LogLine line : lines) if (items.size() < CREDIT) items.offer(new Item.Line(line));
    }

    /** No more will come. */
    void end(Optional<String> error) {
        items.offer(new Item.End(error));
    }

    /** Gives the lines on as they come, until the end. */
    void drainTo(Consumer<LogLine> sink) throws LogsUnavailable, InterruptedException {
        int read = 0;
        while (true) {
            switch (items.take()) {
                case Item.Line(var line) -> sink.accept(line);
                case Item.End(var error) -> {
                    if (error.isPresent()) throw new LogsUnavailable(error.get());
                    return;
                }
            }
            if (++read == CREDIT / 2) {
                grant.accept(read);
                read = 0;
            }
        }
    }
}
