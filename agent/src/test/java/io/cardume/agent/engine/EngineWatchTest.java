package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the engine's events say. */
class EngineWatchTest {
    private static final TaskId TASK = new TaskId("task");
    private final Set<TaskId> starved = new HashSet<>();

    @Test
    void anEndSaysWhoseHowAndWhen() {
        assertThat(news("die", "\"exitCode\":\"137\",")).isEqualTo(new Changed(TASK, Changed.How.ENDED,
                Optional.of(new Changed.End("c1", 137, Instant.parse("2026-11-22T07:00:00.000000001Z")))));
    }

    @Test
    void anEndOfWhichTheEngineSaysTooLittleIsOnlyThat() {
        assertThat(news("die", "")).isEqualTo(new Changed(TASK, Changed.How.ENDED));
        assertThat(news("die", "\"exitCode\":\"-1\",")).isEqualTo(new Changed(TASK, Changed.How.ENDED));
    }

    @Test
    void anEndAfterAProcessWasKilledForMemoryIsToBeLookedAt() {
        assertThat(news("oom", "")).isEqualTo(new Changed(TASK, Changed.How.SOMEHOW));
        assertThat(news("die", "\"exitCode\":\"137\",")).isEqualTo(new Changed(TASK, Changed.How.SOMEHOW));
        assertThat(news("die", "\"exitCode\":\"1\",").end()).as("its next run").isPresent();
    }

    @Test
    void nothingIsKeptOfAContainerThatIsGone() {
        news("oom", "");
        assertThat(news("destroy", "")).isEqualTo(new Changed(TASK, Changed.How.REMOVED));
        assertThat(starved).isEmpty();
    }

    private Changed news(String action, String attributes) {
        var at = Instant.parse("2026-11-22T07:00:00.000000001Z");
        try {
            var event = Json.lenient().readTree("{\"Type\":\"container\",\"Action\":\"" + action + "\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":{"
                    + attributes + "\"image\":\"web\"}},\"timeNano\":" + at.getEpochSecond() + "000000001}");
            return EngineWatch.news(TASK, event, starved);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
