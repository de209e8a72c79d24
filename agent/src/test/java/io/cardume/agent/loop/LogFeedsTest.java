package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.TaskState;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogOptions;
import io.cardume.api.link.ToAgent;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Logs on their way to a reader. */
class LogFeedsTest extends LoopScene {
    @Test
    void logsAreSentAsFarAsTheyAreGranted() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        for (int i = 0; i < 10; i++) fake.says(id("a"), "line " + i);

        loop.told(new ToAgent.FollowLogs("r", id("a"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));
        await("4 lines", () -> manager.lines("r").size() == 4);
        loop.told(new ToAgent.GrantLogs("r", 100));
        await("10 lines", () -> manager.lines("r").size() == 10);
        fake.says(id("a"), "last");
        await("followed", () -> manager.lines("r").size() == 11);
        fake.exits(id("a"), 0);

        await("ended", () -> manager.said.stream().anyMatch(m -> m.equals(new FromAgent.LogEnd("r", Optional.empty()))));
        assertThat(manager.lines("r").getLast()).isEqualTo("last\n");
    }

    @Test
    void aFollowedLogWaitsForTheContainer() {
        engine.holdStarts();
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        loop.told(new ToAgent.FollowLogs("r", id("a"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));
        engine.open();
        manager.awaits("a", TaskState.RUNNING);

        fake.says(id("a"), "hello");

        await("the line", () -> manager.lines("r").equals(List.of("hello\n")));
    }

    @Test
    void aLogOfATaskThatIsNotHereEndsWithWords() {
        manager.joins();
        manager.assigns();
        loop.told(new ToAgent.FollowLogs("r", id("z"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));

        await("ended", () -> manager.said.stream().anyMatch(m ->
                m.equals(new FromAgent.LogEnd("r", Optional.of("task z is not on this node")))));
    }
}
