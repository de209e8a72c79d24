package io.cardume.agent.probe;

import io.cardume.api.Probe;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Checks containers, each on a virtual thread of its own, and tells when the verdict changes. */
public final class Prober {
    private final InstantSource clock;

    public Prober(InstantSource clock) {
        this.clock = clock;
    }

    /** Hears the verdicts on one container; called from the thread that checks it. */
    public interface Verdicts {
        /** The first check passed; said once. */
        void healthy();

        /**
         * So many checks failed in a row that the container has failed for good; nothing is said and checked after this.
         *
         * @param words what the last check found, for example {@code http://:8080/health: 503 Service Unavailable}
         */
        void failed(String words);
    }

    /**
     * Begins checking a container until closed, or until it has failed for good. No verdict is given after a close that
     * came before it.
     *
     * @param probe what is checked, and how often
     * @param address the container's own address
     * @param startedAt when the container was started; the start period counts from there
     */
    public AutoCloseable begin(Probe probe, String address, Instant startedAt, Verdicts verdicts) {
        var course = new ProbeCourse(probe, startedAt);
        Thread thread = Thread.ofVirtual()
                .name("probe " + address + " " + probe.target())
                .start(() -> check(probe, address, course, verdicts));
        return thread::interrupt;
    }

    private void check(Probe probe, String address, ProbeCourse course, Verdicts verdicts) {
        try {
            while (true) {
                Optional<String> trouble = ProbeCheck.run(probe, address);
                if (Thread.currentThread().isInterrupted()) return;
                Optional<ProbeCourse.Verdict> verdict =
                        trouble.isEmpty() ? course.passed() : course.failed(clock.instant());
                if (verdict.equals(Optional.of(ProbeCourse.Verdict.HEALTHY))) verdicts.healthy();
                if (verdict.equals(Optional.of(ProbeCourse.Verdict.FAILED))) {
                    verdicts.failed(trouble.orElse(""));
                    return;
                }
                Thread.sleep(course.pause());
            }
        } catch (InterruptedException e) {
            // closed
        }
    }
}
