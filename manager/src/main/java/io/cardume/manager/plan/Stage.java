package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * Where the slots of a service stand in the change to its current revision. Everything is read from the state, so it does
 * not matter which manager asks.
 *
 * @param state the state
 * @param service the service
 * @param pace how it changes
 * @param slots its slots, but for those of which there is nothing to say than that they wait for their turn, or are done
 * @param waiting the slots that live by a task of an old revision, and nothing was tried there yet; the rest of those that wait is among the slots
 * @param now the time it is
 */
record Stage(ClusterState state, Service service, Pace pace, List<Slot> slots, SortedSet<Integer> waiting, Instant now) {
    /** A new task that runs and does not take requests for this long has failed. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    /** How long a new task without a check is to run on before the old one is stopped for it. */
    static final Duration SETTLING = Duration.ofSeconds(1);

    Stage {
        slots = List.copyOf(slots);
    }

    /** Where a service stands. */
    static Stage of(ClusterState state, ServiceId id, Instant now) {
        var service = state.services().get(id);
        var pace = Pace.of(service);
        var stale = state.stale(id);
        boolean counts = !service.isGlobal() && pace.delay().isZero() && (stale.isEmpty() || !mayKeepOld(service));
        return counts ? new Stage(state, service, pace, Slot.of(state, service, state.unsteady(id)), stale, now)
                : new Stage(state, service, pace, Slot.of(state, service), Collections.emptySortedSet(), now);
    }

    /** Whether tasks of an old revision may be as good as those of the current one: that is asked of each by itself. */
    private static boolean mayKeepOld(Service service) {
        return service.revisions().headMap(service.revision()).values().stream().anyMatch(old -> old.runsAs(service.current()));
    }

    /** The same; or where it stands by now, if anything was changed since. */
    Stage again(Draft draft) {
        return draft.state() == state ? this : of(draft.state(), service.id(), now);
    }

    /** The services that change: those something happened to, and those whose update time alone carries on now. Jobs run again instead. */
    static Stream<ServiceId> concerned(Draft draft, Attention attention) {
        var state = draft.state();
        return attention.of(state, state::updating, draft.now()).stream().filter(id -> state.service(id).filter(Stage::mayChange).isPresent());
    }

    /** Most services have nothing to change, which is seen without a look at their tasks where all are of one revision. */
    private static boolean mayChange(Service service) {
        boolean allOfOne = service.revisions().size() == 1 && service.current().proven() && !service.isUpdating();
        return !service.removed() && !service.isJob() && !allOfOne;
    }

    /** Whether there is nothing to change, to watch, or to take back. */
    boolean isQuiet() {
        return !service.isUpdating() && service.current().proven() && waiting.isEmpty()
                && slots.stream().allMatch(slot -> slot.next().isEmpty() && slot.tasks().stream().noneMatch(task -> task.isLive() && isStale(task)));
    }

    /** Whether a task has to be replaced: a change of the placement alone replaces only what may not stay where it is. */
    boolean isStale(Task task) {
        if (task.revision() == service.revision()) return false;
        if (!service.isCurrent(task)) return true;
        var node = task.node().flatMap(state::node);
        return node.isEmpty() || !Constraint.allMet(service.current(), node.get());
    }

    /** Whether what a slot lives by has to be replaced, and can be. */
    boolean hasToChange(Slot slot) {
        return slot.serving().or(slot::live).filter(this::isStale).isPresent() && Homes.isOpen(state, slot);
    }

    /** How many slots have to change. */
    int toChange() {
        return waiting.size() + (int) slots.stream().filter(this::hasToChange).count();
    }

    /** The slots that have to change and where nothing was tried yet, the first ones, so many of them. */
    List<Slot> nextInTurn(long most) {
        if (most <= 0) return List.of();
        var tried = slots.stream().filter(this::awaitsItsTurn).limit(most);
        var others = waiting.stream().limit(most).flatMap(number -> Slot.of(service, number, state.slot(service.id(), number)).stream());
        return Stream.concat(tried, others).sorted(Comparator.comparingInt(Slot::number)).limit(most).toList();
    }

    /** Whether a slot has to change and nothing was tried yet. */
    private boolean awaitsItsTurn(Slot slot) {
        return hasToChange(slot) && slot.serving().isPresent() && slot.next().isEmpty() && !hasFailed(slot);
    }

    /** Whether a slot has to change and what was tried has failed. */
    boolean awaitsAnotherTry(Slot slot) {
        return hasToChange(slot) && slot.serving().isPresent() && slot.next().isEmpty() && hasFailed(slot);
    }

    /** What was tried in a slot since the update began, newest first. */
    List<Task> attempts(Slot slot) {
        var began = service.update().map(update -> update.startedAt()).orElse(Instant.MIN);
        return slot.currentRun().stream().filter(task -> !task.createdAt().isBefore(began)).toList();
    }

    private boolean hasFailed(Slot slot) {
        return attempts(slot).stream().anyMatch(task -> task.endedByItself() || isOverdue(task));
    }

    /**
     * From when on a slot may live by a task that takes requests: at once where a check has passed, else when it has gone on
     * running for a moment, for what ends as soon as it is started was never of use.
     */
    static Optional<Instant> provenAt(Service service, Task task) {
        var settling = service.revisions().get(task.revision()).isChecked() ? Duration.ZERO : SETTLING;
        return task.isServing() ? task.servingSince().map(since -> since.plus(settling)) : Optional.empty();
    }

    /** Whether a task may run, as far as its time goes. */
    boolean isTimeFor(Task next) {
        return next.desired() == DesiredState.RUNNING || next.notBefore().filter(now::isBefore).isEmpty();
    }

    /** Whether a slot may live by a task. */
    boolean isProven(Task task) {
        return provenAt(service, task).filter(at -> !at.isAfter(now)).isPresent();
    }

    /** Whether the new task of a slot takes requests beside the old one, and it is too early to tell whether it stays. */
    private boolean isSettling(Slot slot) {
        return isReplaced(slot) && !isProven(slot.next().orElseThrow());
    }

    private static boolean isReplaced(Slot slot) {
        return slot.serving().isPresent() && slot.next().filter(next -> next.startsFirst() && next.isServing()).isPresent();
    }

    /** Whether a slot takes one of the places that the pace gives: its first new task does not serve yet, or it rests. */
    boolean isBusy(Slot slot) {
        var newest = slot.live();
        if (newest.isEmpty() || isStale(newest.get())) return false;
        if (newest.get().isServing()) return restsUntil(newest.get()).filter(end -> end.isAfter(now)).isPresent();
        return !isAloneAndPending(slot) && !hasFailed(slot);
    }

    /** Whether an update cannot be over while the slots are as they are. */
    boolean isUnfinished() {
        return !waiting.isEmpty() || slots.stream().anyMatch(this::isUnfinished);
    }

    private boolean isUnfinished(Slot slot) {
        boolean livesByTheOld = hasToChange(slot) && slot.serving().isPresent();
        return isBusy(slot) || isSettling(slot) || (livesByTheOld || slot.live().filter(Task::isPending).isPresent()) && !hasFailed(slot);
    }

    /** A slot that finds no node for its new task and had none for the old does not hold up the others. */
    private static boolean isAloneAndPending(Slot slot) {
        return slot.tasks().stream().allMatch(task -> task.isDead() || task.isPending() && task.takeover().isEmpty());
    }

    private Optional<Instant> restsUntil(Task task) {
        if (pace.delay().isZero() || !service.isUpdating() || !task.takesOverFor(Takeover.Reason.REVISION)) return Optional.empty();
        if (task.revision() != service.revision()) return Optional.empty();
        return task.servingSince().map(since -> since.plus(pace.delay()));
    }

    /** Slots where the pace may be used up: they lost what they lived by to the update, and nothing serves there yet. */
    long taken() {
        return slots.stream()
                .filter(slot -> slot.live().filter(task -> task.takesOverFor(Takeover.Reason.REVISION)).isPresent())
                .filter(slot -> slot.tasks().stream().noneMatch(task -> task.isLive() && task.isServing()))
                .count();
    }

    /** The places the pace gives. */
    long places() {
        return pace.parallelism() == 0 ? Long.MAX_VALUE : pace.parallelism();
    }

    /** For how many new tasks there will be room when all that is about to end has ended. */
    long roomToCome() {
        long ending = slots.stream().flatMap(slot -> slot.tasks().stream()).filter(task -> !task.isDead() && !task.isLive()).count();
        long replaced = slots.stream().filter(Stage::isReplaced).count();
        long claimed = slots.stream().filter(slot -> slot.serving().isEmpty() && slot.live().filter(Task::isPending).isPresent()).count();
        return ending + replaced - claimed;
    }

    /** The new tasks that count as failed since the update began, the first one first. */
    List<Task> failures() {
        return slots.stream()
                .flatMap(slot -> slot.tasks().stream())
                .filter(this::isFailure)
                .sorted(Comparator.comparing((Task task) -> task.status().at()).thenComparing(Task.OLDEST_FIRST))
                .toList();
    }

    /** Whether it was made of the current revision for the update or since. */
    private boolean isOfUpdate(Task task) {
        var began = service.update().map(update -> update.startedAt()).orElse(Instant.MIN);
        return task.revision() == service.revision() && !task.createdAt().isBefore(began);
    }

    private boolean isFailure(Task task) {
        return isOfUpdate(task) && (isOverdue(task) || task.endedByItself() && endedEarly(task));
    }

    /** By the clock of its host, or by the manager's: neither may hide a failure from the other. */
    private boolean endedEarly(Task task) {
        if (task.servingSince().isEmpty()) return true;
        var byHost = task.runningSince().filter(since -> !task.status().at().isAfter(since.plus(pace.monitor())));
        return byHost.isPresent() || !task.updatedAt().isAfter(task.servingSince().get().plus(pace.monitor()));
    }

    /** Whether it runs and should have begun to take requests long ago. */
    private boolean isOverdue(Task task) {
        return overdueAt(task).filter(at -> !at.isAfter(now)).isPresent();
    }

    private Optional<Instant> overdueAt(Task task) {
        boolean waits = task.isLive() && task.isRunning() && task.servingSince().isEmpty() && isOfUpdate(task);
        return waits ? task.runningSince().map(since -> since.plus(PATIENCE)) : Optional.empty();
    }

    /** Until when the update is watched, once every slot is done; some time that has passed if that is over. */
    private Instant watchedUntil() {
        var over = now.minus(pace.monitor());
        var until = service.update().orElseThrow().startedAt();
        for (var slot : state.slots(service.id()).entrySet()) {
            // Most began to serve long ago, which is seen without a closer look.
            if (slot.getValue().stream().noneMatch(task -> task.servingSince().filter(over::isBefore).isPresent())) continue;
            var watched = Slot.of(service, slot.getKey(), slot.getValue()).filter(one -> pace.action() != Pace.Action.CONTINUE || !hasFailed(one))
                    .flatMap(one -> one.live().filter(task -> isWatched(one, task))).flatMap(Task::servingSince);
            if (watched.filter(until::isBefore).isPresent()) until = watched.get();
        }
        return until.plus(pace.monitor());
    }

    /** Whether the update is still watched, once every slot is done. */
    boolean isWatched() {
        return watchedUntil().isAfter(now);
    }

    /**
     * Whether the update is not over before a task has served for a while. One that follows what ended by itself, and not
     * early, is a restart as any: watching those would have no end where tasks come and go for ever.
     */
    private boolean isWatched(Slot slot, Task task) {
        if (!isOfUpdate(task)) return false;
        var before = attempts(slot).stream().filter(other -> Task.OLDEST_FIRST.compare(other, task) < 0).findFirst();
        return before.map(other -> !other.endedByItself() || isFailure(other)).orElse(task.failures() == 0);
    }

    /** When time alone may carry the update on. */
    Optional<Instant> wakeAt() {
        var rests = slots.stream().flatMap(slot -> slot.live().flatMap(this::restsUntil).stream());
        var overdue = slots.stream().flatMap(slot -> slot.tasks().stream()).flatMap(task -> overdueAt(task).stream());
        var proven = slots.stream().flatMap(slot -> slot.live().flatMap(task -> provenAt(service, task)).stream());
        var over = isUnfinished() ? Stream.<Instant>empty() : Stream.of(watchedUntil());
        return Stream.of(rests, overdue, proven, over).flatMap(times -> times).filter(time -> time.isAfter(now)).min(Comparator.naturalOrder());
    }

    /** How a task failed, for people. */
    Revision.Failure failure(Task task) {
        var status = task.status();
        var words = !status.err().isEmpty() ? status.err()
                : isOverdue(task) ? "it runs, and does not take requests after " + PATIENCE.toMinutes() + " minutes"
                        + (status.probe().isEmpty() ? "" : ": " + status.probe())
                : status.state() == TaskState.COMPLETE ? "it ended by itself" : status.message();
        var host = task.node().map(id -> state.node(id).map(node -> node.description().hostname()).orElse(id.value()));
        return new Revision.Failure(task.id(), task.node(), host.orElse(""), status.at(), words);
    }
}
