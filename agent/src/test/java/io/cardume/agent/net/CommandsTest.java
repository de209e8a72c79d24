package io.cardume.agent.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommandsTest {
    private static final String MUCH = "more than a pipe takes\n".repeat(50_000);

    @Test
    void commandReadsAllItIsGivenAndSaysItAgain() throws Exception {
        assertThat(Commands.here().run(MUCH, "cat")).isEqualTo(new Commands.Output(0, MUCH, ""));
        var lines = new ArrayList<String>();
        Commands.here().lines(lines::add, "sh", "-c", "echo one; echo two");
        assertThat(lines).containsExactly("one", "two");
        assertThatThrownBy(() -> Commands.here().lines(_ -> {}, "sh", "-c", "echo why >&2; exit 3")).isInstanceOf(LinkException.class).hasMessageEndingWith("failed: why");
    }

    @Test
    void commandThatDoesNotReadIsEndedAtTheLimit() throws Exception {
        var commands = new Commands(List.of(), Duration.ofSeconds(1));
        // It ends by itself at last, so that a limit which is not kept fails the test.
        assertThatThrownBy(() -> commands.run(MUCH, "sleep", "20")).isInstanceOf(LinkException.class).hasMessageContaining("did not end within 1 s");
    }

    @Test
    void commandEndsWithWhoWaitsForIt() throws Exception {
        var pid = new CompletableFuture<Long>();
        var ended = new CompletableFuture<String>();
        var waiting = Thread.ofVirtual().start(() -> {
            try {
                Commands.here().lines(line -> pid.complete(Long.valueOf(line)), "sh", "-c", "echo $$; exec sleep 60");
            } catch (LinkException e) {
                ended.complete(e.getMessage());
            }
        });
        var command = ProcessHandle.of(pid.get()).orElseThrow();
        waiting.interrupt();
        assertThat(ended.get()).startsWith("interrupted");
        assertThat(command.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
    }
}
