package io.cardume.agent.task;

import io.cardume.api.TaskStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * What follows for one task.
 *
 * @param action what to do now; empty = nothing, or not yet
 * @param status what to tell the manager
 * @param wakeAt when to ask again although nothing happened
 */
public record Step(Optional<Action> action, TaskStatus status, Optional<Instant> wakeAt) {}
