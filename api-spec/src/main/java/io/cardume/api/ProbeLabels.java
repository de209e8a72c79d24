package io.cardume.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The service labels that say {@link Checks}: of each kind what is asked ({@code http://:8080/path}, {@code tcp://:5432},
 * {@code exec:command}), and with {@code .interval} (10 s), {@code .timeout} (3 s), {@code .retries} (3) and
 * {@code .start-period} (0 s) how.
 */
public final class ProbeLabels {
    /** Startup and liveness in one. */
    public static final String HEALTH = "cardume.health";
    /** Whether the task has come up. */
    public static final String STARTUP = "cardume.startup";
    /** Whether it may be sent requests. */
    public static final String READY = "cardume.ready";
    /** Whether it should be replaced. */
    public static final String LIVE = "cardume.live";

    private static final List<String> KINDS = List.of(HEALTH, STARTUP, READY, LIVE);
    private static final String INTERVAL = ".interval";
    private static final String TIMEOUT = ".timeout";
    private static final String RETRIES = ".retries";
    private static final String START_PERIOD = ".start-period";
    private static final List<String> SETTINGS = List.of(INTERVAL, RETRIES, START_PERIOD, TIMEOUT);

    /** All labels this reads. */
    public static final List<String> ALL = KINDS.stream()
            .flatMap(kind -> Stream.concat(Stream.of(kind), SETTINGS.stream().map(kind::concat)))
            .toList();

    /** These labels, as one of the families. */
    public static final ServiceLabels.Family FAMILY = new ServiceLabels.Family(ALL, spec -> switch (parse(spec.labels())) {
        case Reading.Valid(_) -> List.of();
        case Reading.Invalid(var problems) -> problems;
    });

    private static final String DURATION = "a duration above zero such as 5s, 500ms or 1m30s";
    private static final String EXEC = "exec:";
    private static final Pattern TARGETS = Pattern.compile("(http|tcp)://:([0-9]{1,5})(/[!-~]*)?");

    private ProbeLabels() {}

    /** What the labels say. */
    public sealed interface Reading {
        /** They are right. */
        record Valid(Checks checks) implements Reading {}

        /** They cannot be understood; there is at least one problem. */
        record Invalid(List<LabelProblem> problems) implements Reading {
            public Invalid {
                problems = List.copyOf(problems);
            }
        }
    }

    /** Whether a task of a service with these labels is not running before a check has passed. */
    public static boolean gateStart(SortedMap<String, String> labels) {
        return labels.containsKey(HEALTH) || labels.containsKey(STARTUP);
    }

    /** Whether a running task of a service with these labels takes requests only while a check passes. */
    public static boolean gateRequests(SortedMap<String, String> labels) {
        return labels.containsKey(READY);
    }

    /** Reads the checks from a service's labels; other labels are not looked at. */
    public static Reading parse(SortedMap<String, String> labels) {
        var problems = new ArrayList<LabelProblem>();
        var probes = new TreeMap<String, Probe>();
        for (String kind : KINDS) probe(kind, labels, problems).ifPresent(probe -> probes.put(kind, probe));
        if (labels.containsKey(HEALTH))
            for (String other : List.of(STARTUP, LIVE))
                if (labels.containsKey(other))
                    problems.add(new LabelProblem(other, labels.get(other), "absent where " + HEALTH
                            + " is given, which is startup and liveness check in one; say " + STARTUP + " and " + LIVE + " instead of it"));
        if (!problems.isEmpty()) return new Reading.Invalid(problems);
        var health = Optional.ofNullable(probes.get(HEALTH));
        return new Reading.Valid(new Checks(
                health.or(() -> Optional.ofNullable(probes.get(STARTUP))),
                Optional.ofNullable(probes.get(READY)),
                health.or(() -> Optional.ofNullable(probes.get(LIVE)))));
    }

    private static Optional<Probe> probe(String kind, SortedMap<String, String> labels, List<LabelProblem> problems) {
        var wrong = new ArrayList<LabelProblem>();
        Optional<Probe.Target> target = target(kind, labels, wrong);
        Duration interval = duration(labels, kind + INTERVAL, Duration.ofSeconds(10), wrong);
        Duration timeout = duration(labels, kind + TIMEOUT, Duration.ofSeconds(3), wrong);
        int retries = retries(labels, kind + RETRIES, wrong);
        Duration startPeriod = startPeriod(labels, kind + START_PERIOD, wrong);
        if (!labels.containsKey(kind))
            SETTINGS.stream().map(kind::concat)
                    .filter(labels::containsKey)
                    .forEach(label -> wrong.add(new LabelProblem(label, labels.get(label), "only together with " + kind)));
        problems.addAll(wrong);
        return wrong.isEmpty()
                ? target.map(asked -> new Probe(asked, interval, timeout, retries, startPeriod))
                : Optional.empty();
    }

    private static Optional<Probe.Target> target(String kind, SortedMap<String, String> labels, List<LabelProblem> problems) {
        String said = labels.get(kind);
        if (said == null) return Optional.empty();
        Optional<Probe.Target> target = said.startsWith(EXEC) ? exec(said.substring(EXEC.length())) : address(said);
        if (target.isEmpty())
            problems.add(new LabelProblem(kind, said, "http://:PORT/PATH or tcp://:PORT with a port of the container from 1 to "
                    + "65535, or exec:COMMAND, a line for the container's /bin/sh, or exec:[\"PROGRAM\",\"ARGUMENT\"] without a shell"));
        return target;
    }

    private static Optional<Probe.Target> address(String said) {
        Matcher parts = TARGETS.matcher(said);
        if (!parts.matches()) return Optional.empty();
        int port = Integer.parseInt(parts.group(2));
        boolean http = parts.group(1).equals("http");
        if (port < 1 || port > 65535 || !http && parts.group(3) != null) return Optional.empty();
        return Optional.of(http
                ? new Probe.Target.Http(port, parts.group(3) == null ? "/" : parts.group(3))
                : new Probe.Target.Tcp(port));
    }

    private static Optional<Probe.Target> exec(String said) {
        if (said.isBlank()) return Optional.empty();
        if (!said.strip().startsWith("[")) return Optional.of(Probe.Target.Exec.shell(said));
        try {
            var words = new ArrayList<String>();
            for (JsonNode word : Json.lenient().readTree(said)) {
                if (!word.isTextual()) return Optional.empty();
                words.add(word.textValue());
            }
            return words.isEmpty() || words.getFirst().isEmpty() ? Optional.empty() : Optional.of(new Probe.Target.Exec(words));
        } catch (JsonProcessingException e) {
            // "[ -f /ready ]" is a command of the shell
            return Optional.of(Probe.Target.Exec.shell(said));
        }
    }

    private static Duration duration(
            SortedMap<String, String> labels, String label, Duration otherwise, List<LabelProblem> problems) {
        if (!labels.containsKey(label)) return otherwise;
        Optional<Duration> said = GoDuration.parse(labels.get(label)).filter(Duration::isPositive);
        if (said.isEmpty()) problems.add(new LabelProblem(label, labels.get(label), DURATION));
        return said.orElse(otherwise);
    }

    private static Duration startPeriod(SortedMap<String, String> labels, String label, List<LabelProblem> problems) {
        if (!labels.containsKey(label)) return Duration.ZERO;
        Optional<Duration> said = GoDuration.parse(labels.get(label));
        if (said.isEmpty()) problems.add(new LabelProblem(label, labels.get(label), "a duration such as 0s, 30s or 1m30s"));
        return said.orElse(Duration.ZERO);
    }

    private static int retries(SortedMap<String, String> labels, String label, List<LabelProblem> problems) {
        if (!labels.containsKey(label)) return 3;
        String said = labels.get(label);
        if (said.matches("[1-9][0-9]{0,5}")) return Integer.parseInt(said);
        problems.add(new LabelProblem(label, said, "a whole number from 1 to 999999"));
        return 3;
    }
}
