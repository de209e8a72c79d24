package io.cardume.manager.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InboxTest {
    private final Inbox<String> inbox = new Inbox<>(3, 2);

    @Test
    void aTurnTakesSoManyOfEach() throws Exception {
        for (int i = 1; i <= 3; i++) {
            inbox.offer("user " + i);
            inbox.put("agent " + i, () -> false);
        }
        assertThat(inbox.take(Duration.ZERO)).containsExactly("user 1", "user 2", "agent 1", "agent 2");
        assertThat(inbox.take(Duration.ofMinutes(1))).containsExactly("user 3", "agent 3");
        assertThat(inbox.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void neitherTakesThePlacesOfTheOther() throws Exception {
        for (int i = 1; i <= 3; i++) assertThat(inbox.offer("user " + i)).isTrue();
        assertThat(inbox.offer("one too many")).isFalse();
        for (int i = 1; i <= 3; i++) assertThat(inbox.put("agent " + i, () -> false)).isTrue();
    }

    @Test
    void anAgentWaitsForItsPlace() throws Exception {
        for (int i = 1; i <= 3; i++) inbox.put("agent " + i, () -> false);
        var later = new CompletableFuture<Boolean>();
        Thread.ofVirtual().start(() -> {
            try {
                later.complete(inbox.put("agent 4", () -> false));
            } catch (InterruptedException e) {
                later.completeExceptionally(e);
            }
        });
        assertThat(inbox.take(Duration.ZERO)).containsExactly("agent 1", "agent 2");
        assertThat(later.join()).isTrue();
        assertThat(inbox.take(Duration.ZERO)).containsExactly("agent 3", "agent 4");
    }

    @Test
    void whatAnAgentSaidThatHasGoneIsNotAdded() throws Exception {
        assertThat(inbox.put("agent", () -> true)).isFalse();
        assertThat(inbox.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void whoWaitsForACommandIsWokenByOneOrByTheEnd() throws Exception {
        Thread.ofVirtual().start(() -> inbox.offer("user"));
        assertThat(inbox.take(Duration.ofMinutes(5))).containsExactly("user");
        Thread.ofVirtual().start(inbox::close);
        assertThat(inbox.take(Duration.ofMinutes(5))).isEmpty();
        assertThat(inbox.put("agent", () -> false)).isFalse();
        assertThat(inbox.offer("user")).isFalse();
        assertThat(inbox.left()).isEmpty();
    }
}
