package io.cardume.agent.loop;

import io.cardume.agent.balance.Balancer;
import io.cardume.agent.door.Door;
import io.cardume.agent.door.DoorSettings;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.files.TaskFiles;
import io.cardume.agent.link.LastWord;
import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.Membership;
import io.cardume.agent.names.NameServer;
import io.cardume.agent.net.HostLinks;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.Step;
import io.cardume.agent.task.TaskStep;
import io.cardume.agent.task.Wanted;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.TaskId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's heart: one thread that takes news in turn, asks {@link TaskStep} about every task, and starts what follows
 * on virtual threads, one action at a time per task. News only says that something may have changed; what is done
 * follows from the assignment and the containers as they are.
 */
public final class AgentLoop implements LinkListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentLoop.class);

    private final Membership membership;
    private final TaskFiles files;
    private final HostNetworks networks;
    private final Outbox outbox;
    private final LoopSettings settings;
    private final Clock clock;
    private final Inbox inbox = new Inbox();
    private final Deliveries deliveries = new Deliveries();
    private final Picture picture;
    private final Sight sight;
    private final Hands hands;
    private final Checking checking;
    private final LogFeeds logs;
    private final Images images;
    private final Errands errands;
    private final Reports reports;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final CompletableFuture<RuntimeException> failure = new CompletableFuture<>();
    private final Thread thread = Thread.ofPlatform().name("agent-loop").unstarted(this::run);
    private volatile boolean closed;

    // All below is touched by the decision thread alone.
    private Instant decidedAt = Instant.EPOCH;
    private boolean draining;
    /** Whether a manager has said something that is not kept yet. */
    private boolean newWord;
    private final List<CompletableFuture<Void>> awaitingNothing = new ArrayList<>();

    /**
     * @param engine the host's containers
     * @param files the files of secrets and configs they are given
     * @param checks checks from outside the containers
     * @param membership whose containers are kept
     * @param outbox takes what is said to the manager
     */
    public AgentLoop(
            ContainerEngine engine,
            TaskFiles files,
            HealthChecks checks,
            Membership membership,
            Outbox outbox,
            LoopSettings settings,
            Clock clock) {
        this(engine, files, checks, membership, outbox, settings, clock,
                new HostNetworks(engine, HostLinks.none("networks across hosts are not joined"), NameServer.ofHost(),
                        membership.node(), new Balancing(Balancer.none("connections are not balanced"), new Door(DoorSettings.NONE), membership.node(), outbox), new TreeSet<>()));
    }

    /** The same, on a host that is part of networks across hosts. */
    public AgentLoop(
            ContainerEngine engine,
            TaskFiles files,
            HealthChecks checks,
            Membership membership,
            Outbox outbox,
            LoopSettings settings,
            Clock clock,
            HostNetworks networks) {
        this.membership = membership;
        this.files = files;
        this.networks = networks;
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
        this.picture = new Picture(membership.cluster(), clock.instant(), deliveries, outbox);
        this.sight = new Sight(engine, membership, settings, picture, inbox);
        this.images = new Images(engine, outbox);
        this.hands = new Hands(engine, images, files, networks, membership.node(), deliveries, sight, inbox, checks, settings);
        this.checking = new Checking(checks, inbox);
        this.logs = new LogFeeds(engine, outbox);
        this.errands = new Errands(engine, images, membership::cluster, outbox);
        this.reports = new Reports(picture, sight, outbox, settings);
        membership.lastWord().read().filter(said -> membership.cluster().equals(Optional.of(said.cluster()))).ifPresent(said -> {
            picture.recall(said.tasks());
            networks.recalled(said.cluster(), said.networks());
        });
    }

    /** Begins to work. */
    public void start() {
        thread.start();
    }

    /** The sign of life of now: the assignment it works to, and how the engine is. */
    public FromAgent.Heartbeat sign() {
        return new FromAgent.Heartbeat(picture.generation(), sight.trouble());
    }

    /** Completes if the loop has broken: it decides nothing any more, and its host must not pass for a healthy one. */
    public CompletableFuture<RuntimeException> failure() {
        return failure;
    }

    @Override
    public void joined(ClusterId cluster) {
        try {
            membership.join(cluster);
        } catch (IOException e) {
            throw new UncheckedIOException("the membership cannot be kept: " + e.getMessage(), e);
        }
        inbox.put(new News.Joined(cluster));
    }

    @Override
    public void told(ToAgent message) {
        if (message instanceof ToAgent.ClusterEnded(var cluster)) {
            try {
                membership.end(cluster);
            } catch (IOException e) {
                throw new UncheckedIOException("the membership cannot be ended: " + e.getMessage(), e);
            }
        }
        // Streams have a pace of their own; nothing is decided about them.
        if (message instanceof ToAgent.OfStream stream) errands.hear(stream);
        else if (message instanceof ToAgent.ImageNews news) images.hear(news);
        else if (message instanceof ToAgent.Logins(var byService)) hands.logins(byService);
        else inbox.put(new News.Told(message));
    }

    @Override
    public void refused(String words) {}

    @Override
    public void parted(Instant heard) {
        errands.endAll();
        inbox.put(new News.Parted(heard));
    }

    /** Stops every container of the cluster; completes when none runs and the manager was told, if it is near. */
    public CompletableFuture<Void> drain() {
        inbox.put(new News.Drain());
        return drained;
    }

    /** Completes when there is no task and no container of the cluster any more. */
    public CompletableFuture<Void> cleared() {
        var cleared = new CompletableFuture<Void>();
        inbox.put(new News.Clear(cleared));
        return cleared;
    }

    /** Stops deciding. Containers stay as they are; actions that have begun run to their end. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            Optional<Instant> wakeAt = Optional.of(clock.instant());
            while (!closed) {
                inbox.takeUntil(wakeAt, clock, this::hear);
                picture.turn++;
                wakeAt = decide(clock.instant());
            }
        } catch (InterruptedException e) {
            LOG.debug("the loop ends");
        } catch (RuntimeException e) {
            LOG.error("the agent's loop failed; containers stay as they are", e);
            failure.complete(e);
        } finally {
            sight.stopWatching();
            picture.tasks.values().forEach(checking::end);
            logs.stopAll();
            errands.endAll();
        }
    }

    // What is heard

    private void hear(News news) {
        switch (news) {
            case News.Joined(var joined) -> {
                if (!picture.cluster.equals(Optional.of(joined))) ended(picture.cluster);
                picture.joined(joined);
            }
            case News.Parted(var heard) -> {
                picture.parted(heard);
                logs.stopAll();
            }
            case News.Told(var message) -> hear(message);
            case News.Acted acted -> picture.kept(acted.task()).ifPresent(kept -> {
                if (picture.acted(kept, acted, clock.instant())) sight.doubt();
            });
            case News.Coming(var id, var words) -> picture.kept(id).ifPresent(kept -> kept.memory = kept.memory.coming(words));
            case News.Looked(var id, var container) -> picture.kept(id).ifPresent(kept -> {
                kept.busy = false;
                if (container.isPresent()) kept.sees(container.get(), picture.turn);
                else sight.doubt();
            });
            case News.Surveyed(var began, var containers) -> {
                sight.surveyed(containers.keySet(), clock.instant());
                picture.tellAll = true;
                containers.forEach((cluster, found) -> hear(began, cluster, found));
                files.keepOnly(picture.tasks.keySet());
            }
            case News.NotSurveyed(var words) -> sight.notSurveyed(words, clock.instant());
            case News.Probed(var id, var check, var verdict) -> picture.kept(id)
                    .filter(kept -> kept.check.equals(Optional.of(check)))
                    .ifPresent(kept -> kept.memory = kept.memory.probed(Optional.of(verdict)));
            case News.Look _ -> {}
            case News.Drain _ -> draining = true;
            case News.Clear(var cleared) -> awaitingNothing.add(cleared);
        }
    }

    private void hear(ToAgent message) {
        newWord |= message instanceof ToAgent.Assignment || message instanceof ToAgent.Networks;
        switch (message) {
            case ToAgent.Assignment assignment -> picture.take(assignment, sight.allSeen());
            case ToAgent.Delivery(var delivered) -> deliveries.take(delivered);
            case ToAgent.ClusterEnded(var gone) -> ended(Optional.of(gone));
            case ToAgent.Networks said -> picture.cluster.ifPresent(own -> ask(networks.told(own, said)));
            case ToAgent.Balancing said -> picture.cluster.ifPresent(own -> ask(networks.told(own, said)));
            case ToAgent.Certificates said -> picture.cluster.ifPresent(own -> networks.told(own, said));
            case ToAgent.FollowLogs wanted -> logs.want(wanted);
            case ToAgent.GrantLogs(var request, var lines) -> logs.grant(request, lines);
            case ToAgent.StopLogs(var request) -> logs.stop(request);
            case ToAgent.Welcome _, ToAgent.Issued _, ToAgent.Roots _, ToAgent.RenewNow _, ToAgent.Refused _, ToAgent.OfStream _, ToAgent.Logins _, ToAgent.ImageNews _ -> {}
        }
    }

    /** What was missed is not made up for by what comes later: the manager is to say everything. */
    private void ask(boolean known) {
        if (!known) outbox.say(new FromAgent.Resync());
    }

    private void ended(Optional<ClusterId> gone) {
        picture.ended(gone);
        sight.doubt();
        gone.ifPresent(networks::ended);
    }

    private void hear(long began, ClusterId surveyed, SortedMap<TaskId, Container> found) {
        boolean ended = !picture.cluster.equals(Optional.of(surveyed));
        if (ended && found.isEmpty() && !sight.watches(surveyed)) forget(surveyed);
        picture.found(began, surveyed, found);
    }

    private void forget(ClusterId gone) {
        try {
            membership.forget(gone);
        } catch (IOException e) {
            LOG.warn("the end of cluster {} cannot be noted: {}", gone, e.getMessage());
        }
    }

    // What follows

    /** Looks at everything once; when to do so again although nothing is heard. */
    private Optional<Instant> decide(Instant now) {
        if (now.isBefore(decidedAt)) clockSetBack(now);
        decidedAt = now;
        var wakes = new TreeSet<Instant>();
        sight.watchCluster();
        sight.survey(now).ifPresent(wakes::add);
        sight.lookAtChanged();
        var offlineAt = picture.lastHeard.plus(settings.offlineAfter());
        boolean offline = !picture.connected && offlineAt.isBefore(now);
        if (!picture.connected && !offline) wakes.add(offlineAt.plusMillis(1));
        var due = new ArrayList<Hands.Due>();
        var held = HostPorts.heldBy(picture.tasks.values());
        for (Kept kept : picture.tasks.values()) {
            if (!kept.known || (kept.assigned.isEmpty() && !kept.forgotten) || picture.waits(kept, offline || draining)) continue;
            Step step = TaskStep.next(wanted(kept, offline, held), kept.observed, kept.memory, now);
            kept.memory = kept.memory.said(step.status());
            kept.status = Optional.of(step.status());
            step.wakeAt().ifPresent(wakes::add);
            step.action().filter(_ -> !kept.busy).ifPresent(action -> due.add(new Hands.Due(kept, action)));
            checking.follow(kept);
        }
        picture.tasks.values().removeIf(kept -> kept.forgotten && kept.known && !kept.busy && kept.observed instanceof Container.Absent);
        hands.begin(due, now);
        if (newWord && picture.whole) keepLastWord();
        logs.beginWanted(picture::kept);
        reports.tell(now).ifPresent(wakes::add);
        if (draining) lookWhetherDrained();
        if (picture.tasks.isEmpty() && (sight.surveyed() || picture.cluster.isEmpty())) {
            awaitingNothing.forEach(cleared -> cleared.complete(null));
            awaitingNothing.clear();
        }
        return wakes.isEmpty() ? Optional.empty() : Optional.of(wakes.first());
    }

    private void keepLastWord() {
        newWord = false;
        picture.cluster.ifPresent(own -> membership.lastWord().keep(new LastWord.Said(own, picture.assigned(), networks.known(own))));
    }

    /** What was put off to a time that is far away now is done at once. */
    private void clockSetBack(Instant now) {
        reports.clockSetBack();
        sight.clockSetBack();
        if (picture.lastHeard.isAfter(now)) picture.lastHeard = now;
    }

    private Wanted wanted(Kept kept, boolean offline, HostPorts held) {
        if (kept.assigned.isEmpty()) return Wanted.GONE;
        var wanted = kept.wanted().offline(offline).portsFree(held.freeFor(kept.assigned.get()));
        boolean stop = draining && wanted.desired().compareTo(DesiredState.SHUTDOWN) < 0;
        return stop ? wanted.endingAtOnce() : wanted;
    }

    private void lookWhetherDrained() {
        boolean quiet = picture.tasks.values().stream().noneMatch(kept -> kept.busy || kept.observed instanceof Container.Running);
        if (quiet && reports.allTold()) drained.complete(null);
    }
}
