package io.cardume.manager.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.gate.Memory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkStreamTest {
    private final List<ToAgent> sent = new ArrayList<>();
    private final Memory memory = new Memory(1 << 20);
    private final LinkStream stream = new LinkStream("s", memory, sent::add, () -> {});

    @Test
    void roomIsWaitedForOnlySoLong() throws Exception {
        assertThat(stream.awaitRoom(Duration.ofMillis(1))).isFalse();
        stream.heard(new FromAgent.Grant("s", 1));
        assertThat(stream.awaitRoom(Duration.ofMillis(1))).isTrue();
        assertThat(stream.send(new byte[3])).isTrue();
        assertThat(sent).hasSize(1);
        assertThat(stream.awaitRoom(Duration.ofMillis(1))).as("it was for one chunk").isFalse();
    }

    @Test
    void anErrandThatIsOverIsNotWaitedFor() throws Exception {
        stream.lost();
        assertThat(stream.awaitRoom(Duration.ofDays(1))).isTrue();
        assertThat(stream.send(new byte[3])).isFalse();
        assertThat(sent).isEmpty();
    }
}
