package io.cardume.manager.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Limits as an operator sets them. */
class LimitsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void whatIsNotSetIsAsItIs() {
        var limits = Limits.parse(List.of("api-streams=7", "", "api-streams-per-caller=3"));
        assertThat(limits.of(Limits.Name.API_STREAMS)).isEqualTo(7);
        assertThat(limits.of(Limits.Name.API_STREAMS_PER_CALLER)).isEqualTo(3);
        assertThat(limits.of(Limits.Name.API_CONNECTIONS)).isEqualTo(4_096);
    }

    @Test
    void whatIsNoLimitIsRefusedWithWhatIsAllowed() {
        assertThatThrownBy(() -> Limits.parse(List.of("streams=7"))).hasMessageContaining("\"streams=7\" is no limit")
                .hasMessageContaining("api-requests-per-second");
        for (String number : List.of("", "0", "-1", "x", "99999999", "9999999999", "99999999999"))
            assertThatThrownBy(() -> Limits.parse(List.of("api-streams=" + number))).hasMessageContaining("it is a number from 1 to 100000");
    }

    @Test
    void streamsAreCountedInAllAndOfEachCaller() throws Exception {
        var streams = new OpenStreams(3, 2);
        var first = streams.open(new Origin("a"), false);
        streams.open(new Origin("a"), false);
        assertThatThrownBy(() -> streams.open(new Origin("a"), false)).hasMessageContaining("a has 2 open streams already");
        streams.open(new Origin("b"), false);
        assertThatThrownBy(() -> streams.open(new Origin("c"), false)).hasMessageContaining("there are 3 open streams already");
        first.close();
        first.close();
        assertThat(streams.count()).as("closed once however often it is said").isEqualTo(2);
        streams.open(new Origin("c"), false);
    }

    @Test
    void bodiesInWorkAreBoundedInAllAndOfEachCaller() throws Exception {
        var bodies = new Bodies(100, 60, LONG, Duration.ofMillis(50));
        var first = body(bodies, "a");
        first.take(60);
        assertThatThrownBy(() -> body(bodies, "a").take(1)).hasMessageContaining("a has 60 bytes of requests' bodies in work");
        body(bodies, "b").take(15);
        assertThatThrownBy(() -> body(bodies, "c").take(1)).hasMessageContaining("75 bytes of requests' bodies are in work");
        body(bodies, "").take(25);
        assertThatThrownBy(() -> body(bodies, "").take(1)).hasMessageContaining("100 bytes of requests' bodies are in work");
        first.close();
        body(bodies, "").take(60);
        first.close();
        assertThat(bodies.used()).as("closed once however often it is said").isEqualTo(100);
    }

    @Test
    void whoWantsRoomWaitsForThoseBefore() throws Exception {
        var bodies = new Bodies(100, 60, LONG, LONG);
        var first = body(bodies, "a");
        first.take(60);
        Thread.ofVirtual().start(first::close);
        body(bodies, "b").take(60);
        assertThat(bodies.used()).isEqualTo(60);
    }

    @Test
    void bodiesThatComeForLongGiveWayWhereOthersHaveNoRoom() throws Exception {
        var bodies = new Bodies(100, 60, Duration.ofMillis(1), LONG);
        var ended = new CompletableFuture<Bodies.Body>();
        var oldest = new AtomicReference<Bodies.Body>();
        oldest.set(bodies.of(new Origin("a"), () -> {
            ended.complete(oldest.get());
            oldest.get().close();
        }));
        oldest.get().take(30);
        var second = body(bodies, "a");
        second.take(25);
        var third = body(bodies, "b");
        third.take(20);
        body(bodies, "c").take(10);
        assertThat(ended.get(60, TimeUnit.SECONDS)).as("of who has most, the one that came first").isSameAs(oldest.get());
        assertThatThrownBy(() -> oldest.get().take(1)).hasMessageContaining("came too slowly, and there was no room for others'");
        assertThatThrownBy(oldest.get()::whole).as("and is not done").isInstanceOf(Bodies.TooMuch.class);
        second.take(1);
        third.take(1);
        assertThat(bodies.used()).isEqualTo(57);
    }

    @Test
    void whoHasAllOfItsOwnShareLosesWhatHasBeenComingForVeryLong() throws Exception {
        var bodies = new Bodies(100, 60, Duration.ofMillis(1), LONG);
        var gone = new AtomicReference<Bodies.Body>();
        gone.set(bodies.of(new Origin("a"), () -> gone.get().close()));
        gone.get().take(50);
        body(bodies, "a").take(20);
        assertThat(gone.get().leaves()).isTrue();
        assertThat(bodies.used()).isEqualTo(20);
    }

    @Test
    void wholeBodiesAndThoseOfWhoHasLessGiveWayToNobody() throws Exception {
        var bodies = new Bodies(100, 60, Duration.ZERO, Duration.ofMillis(50));
        var whole = body(bodies, "a");
        whole.take(40);
        whole.whole();
        var less = body(bodies, "b");
        less.take(20);
        assertThatThrownBy(() -> body(bodies, "c").take(30)).hasMessageContaining("75 bytes of requests' bodies are in work");
        whole.take(1);
        less.take(1);
    }

    private static Bodies.Body body(Bodies bodies, String of) {
        return bodies.of(new Origin(of), () -> {});
    }

    @Test
    void roomIsKeptForCommandsAndThisHostIsNotCountedByItself() throws Exception {
        var streams = new OpenStreams(8, 2);
        for (int i = 0; i < 7; i++) streams.open(new Origin(""), false);
        assertThatThrownBy(() -> streams.open(new Origin("a"), false)).hasMessageContaining("there are 7 open streams already");
        streams.open(new Origin("a"), true);
        assertThatThrownBy(() -> streams.open(new Origin(""), true)).hasMessageContaining("there are 8 open streams already");
    }
}
