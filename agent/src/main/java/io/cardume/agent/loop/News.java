package io.cardume.agent.loop;

import io.cardume.agent.task.Action;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.ClusterId;
import io.cardume.api.TaskId;
import io.cardume.api.link.ToAgent;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** What wakes the loop. */
sealed interface News {
    /** A manager let the agent in. */
    record Joined(ClusterId cluster) implements News {}

    /** A manager said something. */
    record Told(ToAgent message) implements News {}

    /** The connection is over. */
    record Parted(Instant lastHeard) implements News {}

    /** An action ended; what the container looks like after it, if that could be seen. */
    record Acted(TaskId task, Action action, Outcome outcome, Optional<Container> after) implements News {}

    /** A task's image is on its way; how. */
    record Coming(TaskId task, String words) implements News {}

    /** A container was looked at; empty = the engine did not answer. */
    record Looked(TaskId task, Optional<Container> container) implements News {}

    /** All containers of a cluster were looked at. */
    record Surveyed(long began, SortedMap<ClusterId, SortedMap<TaskId, Container>> containers) implements News {}

    /** They could not be looked at; why. */
    record NotSurveyed(String words) implements News {}

    /** Checks of one container came to a verdict. */
    record Probed(TaskId task, Check check, ProbeVerdict verdict) implements News {}

    /** Containers may have changed, or time has passed. */
    record Look() implements News {}

    /** Somebody waits until nothing is left. */
    record Clear(CompletableFuture<Void> cleared) implements News {}

    /** Everything is to be stopped. */
    record Drain() implements News {}

    /** How an action ended. */
    sealed interface Outcome {
        record Done() implements Outcome {}

        /** The engine refuses it. */
        record Refused(String words) implements Outcome {}

        /** The container or image was not as needed. */
        record Missed(String words) implements Outcome {}

        /** The engine did not answer. */
        record Unreachable(String words) implements Outcome {}
    }

    /** One run of one container, as its checks see it; and what labels say of them. */
    record Check(String container, Instant startedAt, SortedMap<String, String> labels) {}
}
