package io.cardume.agent.probe;

import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.Checks;
import io.cardume.api.Probe;
import io.cardume.api.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks containers, each check on a virtual thread of its own, and tells when what they have come to changes. The startup
 * check goes first; readiness and liveness are asked for only once it has passed.
 */
public final class Prober {
    /** Words that change with every check, such as times, are told no more often. */
    private static final Duration BETWEEN_WORDS = Duration.ofSeconds(10);

    private final InstantSource clock;
    private final Commands commands;

    /** @param commands runs the checks that are commands */
    public Prober(InstantSource clock, Commands commands) {
        this.clock = clock;
        this.commands = commands;
    }

    /**
     * A container to check.
     *
     * @param task its task
     * @param address its own address
     * @param startedAt when it was started; start periods count from there
     */
    public record Subject(TaskId task, String address, Instant startedAt) {}

    private enum Kind {
        STARTUP("startup"),
        READY("readiness"),
        LIVE("liveness");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /**
     * Begins checking a container until closed.
     *
     * @param presumed what holds before the first check has come to anything: a container that is known to have come up is
     *     not asked again whether it has
     * @param heard told of every change, from the threads that check; it may block
     */
    public AutoCloseable begin(Subject subject, Checks checks, ProbeVerdict presumed, Consumer<ProbeVerdict> heard) {
        var run = new Run(subject, checks, presumed, heard);
        run.begin();
        return run;
    }

    private final class Run implements AutoCloseable {
        private final Subject subject;
        private final Checks checks;
        private final Consumer<ProbeVerdict> heard;
        private final List<Thread> threads = new ArrayList<>();
        private final Map<Kind, String> words = new EnumMap<>(Kind.class);
        private final Object telling = new Object();
        private ProbeVerdict found;
        private boolean closed;
        /** Touched by whoever tells. */
        private ProbeVerdict told;

        private Instant toldAt = Instant.EPOCH;

        Run(Subject subject, Checks checks, ProbeVerdict presumed, Consumer<ProbeVerdict> heard) {
            this.subject = subject;
            this.checks = checks;
            this.heard = heard;
            this.found = presumed;
            this.told = presumed;
        }

        void begin() {
            if (checks.startup().isPresent() && !found.started()) {
                var probe = checks.startup().get();
                spawn(Kind.STARTUP, probe, ProbeCourse.fresh(probe, subject.startedAt()), Duration.ZERO);
            } else {
                watch(Duration.ZERO);
            }
        }

        private void watch(Duration liveAfter) {
            checks.ready().ifPresent(probe ->
                    spawn(Kind.READY, probe, ProbeCourse.readiness(probe, subject.startedAt()), Duration.ZERO));
            checks.live().ifPresent(probe -> spawn(Kind.LIVE, probe,
                    checks.startup().isPresent()
                            ? ProbeCourse.proven(probe, subject.startedAt())
                            : ProbeCourse.fresh(probe, subject.startedAt()),
                    liveAfter));
        }

        private synchronized void spawn(Kind kind, Probe probe, ProbeCourse course, Duration after) {
            if (closed) return;
            threads.add(Thread.ofVirtual()
                    .name(kind.word + " " + subject.task())
                    .start(() -> check(kind, check(probe), course, after)));
        }

        private Check check(Probe probe) {
            return switch (probe.target()) {
                case Probe.Target.Http http -> new AddressCheck(probe, subject.address(), http);
                case Probe.Target.Tcp tcp -> new AddressCheck(probe, subject.address(), tcp);
                case Probe.Target.Exec exec -> new CommandCheck(commands, subject.task(), probe, exec);
            };
        }

        private void check(Kind kind, Check check, ProbeCourse course, Duration after) {
            try {
                Thread.sleep(after);
                while (true) {
                    var outcome = check.run();
                    if (Thread.currentThread().isInterrupted()) return;
                    var state = course.took(outcome, clock.instant());
                    hear(kind, state, outcome);
                    tell();
                    if (kind == Kind.STARTUP && state != ProbeCourse.State.UNKNOWN) {
                        if (state == ProbeCourse.State.GOOD) watch(checks.live().map(Probe::interval).orElse(Duration.ZERO));
                        return;
                    }
                    Thread.sleep(course.pause());
                }
            } catch (InterruptedException e) {
                // closed
            }
        }

        private synchronized void hear(Kind kind, ProbeCourse.State state, Outcome outcome) {
            var said = switch (outcome) {
                case Outcome.Passed _ -> "";
                case Outcome.Failed(var why) -> why;
                case Outcome.Unknown(var why) -> why;
            };
            if (said.isEmpty()) words.remove(kind);
            else words.put(kind, kind.word + " check " + said);
            boolean bad = state == ProbeCourse.State.BAD;
            boolean good = state == ProbeCourse.State.GOOD;
            boolean started = found.started() || kind == Kind.STARTUP && good;
            boolean ready = kind != Kind.READY || state == ProbeCourse.State.UNKNOWN ? found.ready() : good;
            var failed = kind == Kind.READY ? found.failed()
                    : !bad ? Optional.<String>empty()
                    // An engine that cannot be asked takes nothing back and adds nothing.
                    : outcome instanceof Outcome.Failed(var why) ? Optional.of(why) : found.failed();
            found = new ProbeVerdict(started, ready, failed, String.join("; ", words.values()));
        }

        private void tell() {
            synchronized (telling) {
                ProbeVerdict now;
                synchronized (this) {
                    if (closed) return;
                    now = found;
                }
                if (now.equals(told)) return;
                boolean onlyWords = now.started() == told.started() && now.ready() == told.ready()
                        && now.failed().isPresent() == told.failed().isPresent()
                        && !now.words().isEmpty() && !told.words().isEmpty();
                var at = clock.instant();
                if (onlyWords && at.isBefore(toldAt.plus(BETWEEN_WORDS)) && !at.isBefore(toldAt)) return;
                told = now;
                toldAt = at;
                heard.accept(now);
            }
        }

        @Override
        public synchronized void close() {
            closed = true;
            threads.forEach(Thread::interrupt);
        }
    }
}
