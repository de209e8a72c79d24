package io.cardume.agent.loop;

import io.cardume.agent.engine.Changed;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.link.Membership;
import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
import io.cardume.api.EngineTrouble;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the agent sees its containers: the engine says which may have changed, these are looked at one by one, and now and
 * then all of them, for news may be lost. Looks run on threads of their own and come back as news.
 */
final class Sight {
    private static final Logger LOG = LoggerFactory.getLogger(Sight.class);
    private static final Duration SURVEY_AGAIN = Duration.ofSeconds(1);

    private final ContainerEngine engine;
    private final Membership membership;
    private final LoopSettings settings;
    private final Picture picture;
    private final Inbox inbox;
    /** Tasks whose containers may have changed; bounded by the number of containers. */
    private final Map<TaskId, Changed> changed = new ConcurrentHashMap<>();
    private final AtomicBoolean surveyWanted = new AtomicBoolean(true);
    private volatile Optional<EngineTrouble> trouble = Optional.empty();

    // All below is touched by the decision thread alone.
    private AutoCloseable watch = () -> {};
    private Optional<ClusterId> watched = Optional.empty();
    /** Whether the containers of the watched cluster were seen at least once. */
    private boolean surveyed;
    private Instant surveyDue = Instant.EPOCH;
    private boolean surveying;
    private boolean surveyFailed;
    private Optional<Instant> troubledSince = Optional.empty();

    Sight(ContainerEngine engine, Membership membership, LoopSettings settings, Picture picture, Inbox inbox) {
        this.engine = engine;
        this.membership = membership;
        this.settings = settings;
        this.picture = picture;
        this.inbox = inbox;
    }

    /** How the engine fails, while it does; asked by any thread. */
    Optional<EngineTrouble> trouble() {
        return trouble;
    }

    /** Whether all containers of the watched cluster were seen at least once. */
    boolean surveyed() {
        return surveyed;
    }

    /** Whether it is the cluster whose containers are watched. */
    boolean watches(ClusterId cluster) {
        return watched.equals(Optional.of(cluster));
    }

    /** Whether all containers of the cluster that the agent belongs to were seen at least once. */
    boolean allSeen() {
        return surveyed && watched.equals(picture.cluster);
    }

    /** All containers are to be looked at soon. */
    void doubt() {
        surveyWanted.set(true);
    }

    /** What was put off to a time that is far away now is done at once. */
    void clockSetBack() {
        surveyDue = Instant.EPOCH;
    }

    /** Watches the cluster that the agent belongs to. */
    void watchCluster() {
        if (picture.cluster.equals(watched)) return;
        stopWatching();
        watched = picture.cluster;
        surveyed = false;
        surveyWanted.set(true);
        watch = watched.isEmpty() ? () -> {} : engine.watch(watched.get(), this::mayHaveChanged, () -> {
            surveyWanted.set(true);
            inbox.wake();
        });
    }

    void stopWatching() {
        try {
            watch.close();
        } catch (Exception e) {
            LOG.debug("closing failed", e);
        }
    }

    private void mayHaveChanged(Changed news) {
        if (changed.merge(news.task(), news, Changed::and).how() == news.how()) inbox.wake();
    }

    /** It was seen that there is no container of a task any more, whatever was heard of it. */
    void gone(TaskId task) {
        changed.remove(task);
    }

    /** Begins to look at all containers if it is time; when it will be. */
    Optional<Instant> survey(Instant now) {
        if (surveying) return Optional.empty();
        var clusters = new TreeSet<>(membership.ended());
        picture.cluster.ifPresent(clusters::add);
        if (clusters.isEmpty()) return Optional.empty();
        // After a failure a wanted survey waits like a due one, or an engine that is away would be asked without end.
        boolean wanted = surveyWanted.get() && !surveyFailed;
        if (surveyDue.isAfter(now) && !wanted) return Optional.of(surveyDue);
        surveyWanted.set(false);
        surveying = true;
        long began = picture.turn;
        Thread.ofVirtual().name("survey").start(() -> {
            try {
                var found = new TreeMap<ClusterId, SortedMap<TaskId, Container>>();
                for (ClusterId one : clusters) found.put(one, engine.containers(one));
                inbox.put(new News.Surveyed(began, found));
            } catch (EngineException | RuntimeException e) {
                inbox.put(new News.NotSurveyed(e.getMessage()));
            }
        });
        return Optional.empty();
    }

    /** All containers were seen. */
    void surveyed(Set<ClusterId> clusters, Instant now) {
        surveying = false;
        surveyFailed = false;
        troubledSince = Optional.empty();
        trouble = Optional.empty();
        surveyDue = now.plus(settings.resync());
        if (watched.isPresent() && clusters.contains(watched.get())) surveyed = true;
    }

    /** They could not be seen. */
    void notSurveyed(String words, Instant now) {
        surveying = false;
        surveyFailed = true;
        troubledSince = troubledSince.or(() -> Optional.of(now));
        boolean lost = !troubledSince.get().plus(settings.engineLostAfter()).isAfter(now);
        trouble = Optional.of(new EngineTrouble(words, lost));
        surveyDue = now.plus(SURVEY_AGAIN);
        LOG.warn("the engine's containers cannot be listed: {}", words);
    }

    /** Begins to look at what may have changed. */
    void lookAtChanged() {
        for (TaskId id : List.copyOf(changed.keySet())) {
            var known = picture.kept(id);
            if (known.isPresent() && known.get().busy) continue; // it is looked at when its action ends
            var news = changed.remove(id);
            if (news == null || isSeen(news.how(), known)) continue;
            var ended = known.flatMap(kept -> Ending.shown(news, kept));
            if (ended.isPresent()) {
                known.get().sees(ended.get(), picture.turn);
                continue;
            }
            if (known.isEmpty() && picture.cluster.isEmpty()) continue;
            var kept = picture.tasks.computeIfAbsent(id, missing -> new Kept(missing, picture.cluster.get()));
            if (picture.whole && kept.assigned.isEmpty()) kept.forget();
            kept.busy = true;
            Thread.ofVirtual().name(id + "/look").start(() -> inbox.put(new News.Looked(id, look(id))));
        }
    }

    /** Whether what has happened to a container is seen already. */
    private static boolean isSeen(Changed.How how, Optional<Kept> known) {
        return known.map(kept -> kept.known && how.isSeenIn(kept.observed)).orElse(how == Changed.How.REMOVED);
    }

    /**
     * A container that was seen so and has ended meanwhile, if there is news that says all of its end; on the caller's thread, whichever that is.
     *
     * @param assigned its task; empty if it is known that nobody wants it any more
     */
    Optional<Container> ended(TaskId task, Container seen, Optional<AssignedTask> assigned) {
        var news = Optional.ofNullable(changed.get(task));
        var shown = news.flatMap(heard -> Ending.shown(heard, seen, assigned));
        if (shown.isPresent()) changed.remove(task, news.get());
        return shown;
    }

    /** A task's container as it is now; empty = it cannot be seen. On the caller's thread, whichever that is. */
    Optional<Container> look(TaskId id) {
        changed.remove(id);
        try {
            return Optional.of(engine.container(id));
        } catch (EngineException e) {
            LOG.debug("container of task {} cannot be looked at: {}", id, e.getMessage());
            return Optional.empty();
        } catch (RuntimeException e) {
            LOG.error("container of task {} cannot be understood", id, e);
            return Optional.empty();
        }
    }
}
