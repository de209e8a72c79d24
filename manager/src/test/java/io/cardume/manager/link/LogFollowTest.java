package io.cardume.manager.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.link.LogLine;
import io.cardume.manager.gate.Memory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits of a log that nobody reads. */
class LogFollowTest {
    private static final LogLine LONG = new LogLine(1, Instant.EPOCH, new byte[64 << 10]);
    private final Memory memory = new Memory(1 << 20);
    private final LogFollow follow = new LogFollow(memory, _ -> {});

    @Test
    void longLinesThatNobodyReadsAreLetGoOfBeforeTheyTakeMore() throws Exception {
        assertThat(follow.lines(Collections.nCopies(LogFollow.CREDIT, LONG))).isTrue();
        assertThat(memory.used()).isEqualTo(LogFollow.BYTES);

        var read = new ArrayList<LogLine>();
        assertThatThrownBy(() -> follow.drainTo(read::add)).isInstanceOf(LogsBehind.class).hasMessageContaining("too slowly");
        assertThat(read).as("what came before is read").hasSize(4);
        assertThat(memory.used()).isZero();
    }

    @Test
    void linesThatWereNotGrantedAreDropped() {
        var line = new LogLine(1, Instant.EPOCH, new byte[10]);
        assertThat(follow.lines(Collections.nCopies(LogFollow.CREDIT, line))).isTrue();
        assertThat(follow.lines(List.of(line))).isFalse();
        assertThat(memory.used()).isEqualTo(10L * LogFollow.CREDIT);
    }

    @Test
    void manyWhoReadNothingTakeNoMoreThanThereIs() {
        var all = new ArrayList<LogFollow>();
        for (int i = 0; i < 10; i++) {
            all.add(new LogFollow(memory, _ -> {}));
            all.getLast().lines(List.of(LONG, LONG, LONG, LONG));
        }
        assertThat(memory.used()).as("one line of each beyond it").isLessThanOrEqualTo((1 << 20) + 10 * LONG.text().length);
        follow.end(Optional.empty());
    }
}
