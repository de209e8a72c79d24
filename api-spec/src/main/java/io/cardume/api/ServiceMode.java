package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How many tasks a service has; exactly one member is present, and where the caller said nothing it is one replica.
 *
 * @param replicated a fixed number of replicas
 * @param global one task on every node that may take it
 * @param replicatedJob tasks that run to their end, until so many have
 * @param globalJob one task on every node that may take it, which runs to its end
 */
public record ServiceMode(
        @JsonProperty("Replicated") Optional<Replicated> replicated,
        @JsonProperty("Global") Optional<Global> global,
        @JsonProperty("ReplicatedJob") Optional<ReplicatedJob> replicatedJob,
        @JsonProperty("GlobalJob") Optional<GlobalJob> globalJob) {
    /** Nothing said. */
    public static final ServiceMode UNSAID = new ServiceMode(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** One task on every node that may take it. */
    public static final ServiceMode EVERY_NODE =
            new ServiceMode(Optional.empty(), Optional.of(new Global()), Optional.empty(), Optional.empty());

    /** One task on every node that may take it, which runs to its end. */
    public static final ServiceMode EVERY_NODE_ONCE =
            new ServiceMode(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(new GlobalJob()));

    /** So many tasks that run to their end, and so many of them at once. */
    public static ServiceMode job(long atOnce, long inAll) {
        return new ServiceMode(Optional.empty(), Optional.empty(),
                Optional.of(new ReplicatedJob(Optional.of(atOnce), Optional.of(inAll))), Optional.empty());
    }

    public ServiceMode {
        replicated = Copies.optional(replicated);
        global = Copies.optional(global);
        replicatedJob = Copies.optional(replicatedJob);
        globalJob = Copies.optional(globalJob);
    }

    /** A fixed number of replicas. */
    public static ServiceMode replicas(long count) {
        return new ServiceMode(Optional.of(new Replicated(Optional.of(count))), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Whether there is one task on every node that may take it, to run on or to their end. */
    public boolean onEveryNode() {
        return global.isPresent() || globalJob.isPresent();
    }

    /** Whether tasks run to their end. */
    public boolean runsToEnd() {
        return replicatedJob.isPresent() || globalJob.isPresent();
    }

    /** How many members are present; more than one is an error. */
    int members() {
        return (int) Stream.of(replicated, global, replicatedJob, globalJob).filter(Optional::isPresent).count();
    }

    /** Its word: replicated, global, replicated-job or global-job. */
    public String word() {
        if (global.isPresent()) return "global";
        if (globalJob.isPresent()) return "global-job";
        return replicatedJob.isPresent() ? "replicated-job" : "replicated";
    }

    /** One task on every node that may take it. */
    public record Global() {}

    /** One task on every node that may take it, which runs to its end. */
    public record GlobalJob() {}

    /**
     * Tasks that run to their end.
     *
     * @param maxConcurrent so many at once; absent = one
     * @param totalCompletions so many in all; absent = as many as at once
     */
    public record ReplicatedJob(
            @JsonProperty("MaxConcurrent") Optional<Long> maxConcurrent,
            @JsonProperty("TotalCompletions") Optional<Long> totalCompletions) {
        public ReplicatedJob {
            maxConcurrent = Copies.optional(maxConcurrent);
            totalCompletions = Copies.optional(totalCompletions);
        }
    }
}
