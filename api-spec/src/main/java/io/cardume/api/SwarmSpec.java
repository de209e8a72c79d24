package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What users want of the cluster (Engine API: SwarmSpec). Its labels and the task history can be changed; the rest is
 * as it is, and shown because clients send the whole spec back.
 */
public record SwarmSpec(
        @JsonProperty("Name") String name,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("Orchestration") Optional<Orchestration> orchestration,
        @JsonProperty("Raft") Optional<Raft> raft,
        @JsonProperty("Dispatcher") Optional<Dispatcher> dispatcher,
        @JsonProperty("CAConfig") Optional<CaConfig> caConfig,
        @JsonProperty("TaskDefaults") Optional<TaskDefaults> taskDefaults,
        @JsonProperty("EncryptionConfig") Optional<Encryption> encryptionConfig) {
    private static final Duration MIN_NODE_LIFE = Duration.ofHours(1);
    private static final Duration MAX_NODE_LIFE = Duration.ofDays(3_650);

    /** Tasks remembered per slot. */
    public record Orchestration(
            @JsonProperty("TaskHistoryRetentionLimit") Optional<Long> taskHistoryRetentionLimit) {
        public Orchestration {
            taskHistoryRetentionLimit = Copies.optional(taskHistoryRetentionLimit);
        }
    }

    /** Settings of Swarm's log. */
    public record Raft(
            @JsonProperty("SnapshotInterval") Optional<Long> snapshotInterval,
            @JsonProperty("KeepOldSnapshots") Optional<Long> keepOldSnapshots,
            @JsonProperty("LogEntriesForSlowFollowers") Optional<Long> logEntriesForSlowFollowers,
            @JsonProperty("ElectionTick") Optional<Long> electionTick,
            @JsonProperty("HeartbeatTick") Optional<Long> heartbeatTick) {}

    /** Heartbeats of agents. */
    public record Dispatcher(@JsonProperty("HeartbeatPeriod") Optional<Duration> heartbeatPeriod) {
        public Dispatcher {
            heartbeatPeriod = Copies.optional(heartbeatPeriod);
        }
    }

    /** Certificates: how long those of nodes are valid, and how often a new root was asked for. */
    public record CaConfig(
            @JsonProperty("NodeCertExpiry") Optional<Duration> nodeCertExpiry,
            @JsonProperty("ForceRotate") Optional<Long> forceRotate) {
        public CaConfig {
            nodeCertExpiry = Copies.optional(nodeCertExpiry);
            forceRotate = Copies.optional(forceRotate);
        }
    }

    /** Defaults for tasks; there are none. */
    public record TaskDefaults() {}

    /** Encryption of the log at rest. */
    public record Encryption(@JsonProperty("AutoLockManagers") boolean autoLockManagers) {}

    public SwarmSpec {
        name = Copies.text(name);
        labels = Copies.labels(labels);
        orchestration = Copies.optional(orchestration);
        raft = Copies.optional(raft);
        dispatcher = Copies.optional(dispatcher);
        caConfig = Copies.optional(caConfig);
        taskDefaults = Copies.optional(taskDefaults);
        encryptionConfig = Copies.optional(encryptionConfig);
    }

    /**
     * The spec of a cluster.
     *
     * @param nodeLife how long nodes' certificates are valid
     * @param rotations how often a new root was asked for
     */
    public static SwarmSpec of(SortedMap<String, String> labels, int taskHistory, Duration nodeLife, long rotations) {
        return new SwarmSpec("default", labels,
                Optional.of(new Orchestration(Optional.of((long) taskHistory))),
                Optional.of(new Raft(Optional.of(10_000L), Optional.of(0L), Optional.of(500L), Optional.of(10L), Optional.of(1L))),
                Optional.of(new Dispatcher(Optional.of(Duration.ofSeconds(5)))),
                Optional.of(new CaConfig(Optional.of(nodeLife), Optional.of(rotations).filter(count -> count > 0))),
                Optional.of(new TaskDefaults()),
                Optional.of(new Encryption(false)));
    }

    /** The same with managers locked at their start, or not. */
    public SwarmSpec autolocks(boolean on) {
        return new SwarmSpec(name, labels, orchestration, raft, dispatcher, caConfig, taskDefaults, Optional.of(new Encryption(on)));
    }

    /** Whether managers are to be locked at their start, if it says. */
    public Optional<Boolean> autolocks() {
        return encryptionConfig.map(Encryption::autoLockManagers);
    }

    /** How long nodes' certificates are to be valid, if it says. */
    public Optional<Duration> nodeLife() {
        return caConfig.flatMap(CaConfig::nodeCertExpiry).filter(life -> !life.isZero());
    }

    /** How often a new root was asked for, as far as who wrote it knew; one more asks for another. */
    public long rotations() {
        return caConfig.flatMap(CaConfig::forceRotate).orElse(0L);
    }

    /** Tasks to be remembered per slot, if it says. */
    public Optional<Integer> taskHistory() {
        return orchestration.flatMap(Orchestration::taskHistoryRetentionLimit)
                .map(limit -> (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, limit)));
    }

    /**
     * Reads a spec; what asks for something that is not built is a problem.
     *
     * @param tree JSON object
     * @param path what the spec is called in the request; "" for the whole body
     */
    public static Reading<SwarmSpec> read(com.fasterxml.jackson.databind.JsonNode tree, String path) {
        var problems = new ArrayList<SpecProblem>(NotBuilt.inCluster(tree));
        var read = WireReader.read(tree, SwarmSpec.class, false, _ -> true);
        switch (read) {
            case Reading.Invalid<SwarmSpec>(var wrong) -> problems.addAll(wrong);
            case Reading.Valid<SwarmSpec>(var spec) -> problems.addAll(spec.problems());
        }
        if (problems.isEmpty()) return read;
        return new Reading.Invalid<>(problems.stream()
                .map(problem -> new SpecProblem(problem.notBuilt(), path.isEmpty() ? problem.field() : path + "." + problem.field(), problem.text()))
                .toList());
    }

    private List<SpecProblem> problems() {
        var problems = new ArrayList<SpecProblem>();
        if (!name.isEmpty() && !name.equals("default"))
            problems.add(SpecProblem.wrong("Name", "\"" + WireReader.shown(name) + "\" is not allowed; it is default"));
        problems.addAll(HostPower.problems(labels));
        var fixed = of(labels, 0, MIN_NODE_LIFE, 0);
        different(problems, "Raft", raft, fixed.raft);
        different(problems, "Dispatcher.HeartbeatPeriod",
                dispatcher.flatMap(Dispatcher::heartbeatPeriod).filter(Duration::isPositive), fixed.dispatcher.flatMap(Dispatcher::heartbeatPeriod));
        nodeLife().filter(life -> life.compareTo(MIN_NODE_LIFE) < 0 || life.compareTo(MAX_NODE_LIFE) > 0).ifPresent(life ->
                problems.add(SpecProblem.wrong("CAConfig.NodeCertExpiry", GoDuration.text(life)
                        + " is not allowed; minimum certificate expiry time is: 1h0m0s, the longest 87600h0m0s")));
        return problems;
    }

    private static <T> void different(List<SpecProblem> problems, String field, Optional<T> given, Optional<T> fixed) {
        if (given.isPresent() && !given.equals(fixed) && !saysNothing(given.get()))
            problems.add(SpecProblem.notBuilt(field, "leave it as it is"));
    }

    private static boolean saysNothing(Object value) {
        return value instanceof Raft raft
                && java.util.stream.Stream.of(raft.snapshotInterval, raft.keepOldSnapshots, raft.logEntriesForSlowFollowers, raft.electionTick, raft.heartbeatTick)
                        .allMatch(part -> part == null || part.orElse(0L) == 0L);
    }
}
