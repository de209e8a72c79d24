package io.cardume.manager.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SlotDecisionTest {
    private static final Instant NOW = Scene.START;
    private static final Optional<RestartPolicy> UNSAID = Optional.empty();

    private int made;

    static Stream<Arguments> whatIsSaidAndWhatFollows() {
        return Stream.of(
                arguments(UNSAID, TaskState.FAILED, "fill after 0s"),
                arguments(UNSAID, TaskState.REJECTED, "fill after 0s"),
                arguments(UNSAID, TaskState.COMPLETE, "fill after 0s"),
                arguments(UNSAID, TaskState.ORPHANED, "fill after 0s"),
                arguments(delay(7), TaskState.FAILED, "fill after 7s"),
                arguments(delay(7), TaskState.COMPLETE, "fill after 7s"),
                arguments(delay(7), TaskState.ORPHANED, "fill after 0s"),
                arguments(delay(0), TaskState.FAILED, "fill after 0s"),
                arguments(only(RestartCondition.ANY), TaskState.COMPLETE, "fill after 0s"),
                arguments(only(RestartCondition.ON_FAILURE), TaskState.FAILED, "fill after 0s"),
                arguments(only(RestartCondition.ON_FAILURE), TaskState.COMPLETE, "give up: not restarted: the restart condition is on-failure"),
                arguments(only(RestartCondition.NONE), TaskState.FAILED, "give up: not restarted: the restart condition is none"),
                arguments(only(RestartCondition.NONE), TaskState.COMPLETE, "give up: not restarted: the restart condition is none"),
                arguments(only(RestartCondition.NONE), TaskState.ORPHANED, "fill after 0s"));
    }

    @ParameterizedTest
    @MethodSource
    void whatIsSaidAndWhatFollows(Optional<RestartPolicy> policy, TaskState last, String follows) {
        assertThat(words(SlotDecision.of(policy, List.of(ended(last, 0, Duration.ZERO)), NOW))).isEqualTo(follows);
    }

    static Stream<Arguments> restsGrow() {
        return Stream.of(arguments(1, 1000, 750), arguments(2, 2000, 1500), arguments(5, 16_000, 12_000),
                arguments(9, 256_000, 192_000), arguments(10, 300_000, 225_000), arguments(1_000, 300_000, 225_000));
    }

    @ParameterizedTest
    @MethodSource
    void restsGrow(int failuresBefore, long atMostMillis, long moreThanMillis) {
        var fill = (SlotDecision.Fill) SlotDecision.of(UNSAID, List.of(ended(TaskState.FAILED, failuresBefore, Duration.ZERO)), NOW);
        assertThat(Duration.between(NOW, fill.notBefore()).toMillis()).isBetween(moreThanMillis, atMostMillis);
        assertThat(fill.failures()).isEqualTo(failuresBefore + 1);
    }

    @Test
    void aHealthySpellIsForgiving() {
        var decision = SlotDecision.of(UNSAID, List.of(ended(TaskState.FAILED, 8, Duration.ofSeconds(60))), NOW);
        assertThat(decision).isEqualTo(new SlotDecision.Fill(NOW, "task t1 has failed", 1));
    }

    @Test
    void whatCompletesIsNeverLeftLong() {
        var fill = (SlotDecision.Fill) SlotDecision.of(UNSAID, List.of(ended(TaskState.COMPLETE, 50, Duration.ZERO)), NOW);
        assertThat(fill.notBefore()).isBeforeOrEqualTo(NOW.plusSeconds(5));
    }

    @Test
    void attemptsAreCountedAndThenItIsGivenUp() {
        var policy = attempts(2, Optional.empty());
        var first = ended(TaskState.FAILED, 0, Duration.ZERO);
        var second = ended(TaskState.FAILED, 1, Duration.ZERO);
        var third = ended(TaskState.FAILED, 2, Duration.ZERO);
        assertThat(SlotDecision.of(policy, List.of(second, first), NOW)).isInstanceOf(SlotDecision.Fill.class);
        assertThat(words(SlotDecision.of(policy, List.of(third, second, first), NOW)))
                .isEqualTo("give up: not restarted: 2 restarts were attempted, as many as the restart policy allows");
    }

    @Test
    void attemptsOutsideTheWindowDoNotCount() {
        var policy = attempts(1, Optional.of(Duration.ofSeconds(30)));
        var longAgo = endedAt(NOW.minusSeconds(31));
        var oflate = endedAt(NOW.minusSeconds(29));
        var last = endedAt(NOW);
        assertThat(SlotDecision.of(policy, List.of(last, longAgo), NOW)).isInstanceOf(SlotDecision.Fill.class);
        assertThat(SlotDecision.of(policy, List.of(last, oflate), NOW)).isInstanceOf(SlotDecision.GiveUp.class);
    }

    @Test
    void whatHasToLeaveIsReplacedAtOnceWhateverThePolicySays() {
        var leaving = task(Optional.empty(), 3).desired(DesiredState.SHUTDOWN);
        assertThat(SlotDecision.of(only(RestartCondition.NONE), List.of(leaving), NOW))
                .isEqualTo(new SlotDecision.Fill(NOW, "task t1 has to leave its node", 3));
    }

    @Test
    void manySlotsThatFailTogetherDoNotRestartTogether() {
        var rests = Stream.generate(() -> ended(TaskState.FAILED, 6, Duration.ZERO)).limit(50)
                .map(task -> SlotDecision.of(UNSAID, List.of(task), NOW)).distinct().count();
        assertThat(rests).isGreaterThan(40);
    }

    private static String words(SlotDecision decision) {
        return switch (decision) {
            case SlotDecision.Keep() -> "keep";
            case SlotDecision.Fill(var notBefore, _, _) -> "fill after " + Duration.between(NOW, notBefore).toSeconds() + "s";
            case SlotDecision.GiveUp(var why) -> "give up: " + why;
        };
    }

    private Task ended(TaskState state, int failures, Duration ran) {
        var running = task(Optional.of(TaskStatus.of(NOW.minus(ran), TaskState.RUNNING, "", "")), failures);
        return running.observed(TaskStatus.of(NOW, state, "", ""));
    }

    private Task endedAt(Instant when) {
        return task(Optional.of(TaskStatus.of(when, TaskState.FAILED, "", "")), 0);
    }

    private Task task(Optional<TaskStatus> seen, int failures) {
        var task = Task.of(new TaskId("t" + ++made), new ServiceId("s"), 1, 1, Optional.empty(), failures, "", NOW)
                .on(new io.cardume.api.NodeId("n1"), TaskStatus.of(NOW, TaskState.ASSIGNED, "", ""));
        return seen.map(task::observed).orElse(task);
    }

    private static Optional<RestartPolicy> only(RestartCondition condition) {
        return Optional.of(new RestartPolicy(Optional.of(condition), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private static Optional<RestartPolicy> delay(long seconds) {
        return Optional.of(new RestartPolicy(Optional.empty(), Optional.of(Duration.ofSeconds(seconds)), Optional.empty(), Optional.empty()));
    }

    private static Optional<RestartPolicy> attempts(long count, Optional<Duration> window) {
        return Optional.of(new RestartPolicy(Optional.empty(), Optional.of(Duration.ZERO), Optional.of(count), window));
    }
}
