package io.cardume.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The service labels that say a {@link Probe}. */
public final class ProbeLabels {
    /** What is asked: {@code http://:8080/path} or {@code tcp://:8080}; without it there is no probe. */
    public static final String TARGET = "cardume.health";
    /** Time between checks; default 10 s. */
    public static final String INTERVAL = "cardume.health.interval";
    /** Time one check may take; default 3 s. */
    public static final String TIMEOUT = "cardume.health.timeout";
    /** Consecutive failures until the task has failed; default 3. */
    public static final String RETRIES = "cardume.health.retries";
    /** Time after the container's start in which failures do not count; default 0 s. */
    public static final String START_PERIOD = "cardume.health.start-period";

    /** All labels this reads, sorted. */
    public static final List<String> ALL = List.of(TARGET, INTERVAL, RETRIES, START_PERIOD, TIMEOUT);

    /** These labels, as one of the families. */
    public static final ServiceLabels.Family FAMILY = new ServiceLabels.Family() {
        @Override
        public List<String> names() {
            return ALL;
        }

        @Override
        public List<LabelProblem> problems(ServiceSpec spec) {
            return switch (parse(spec.labels())) {
                case Reading.Valid(_) -> List.of();
                case Reading.Invalid(var problems) -> problems;
            };
        }
    };

    private static final String DURATION = "a duration above zero such as 5s, 500ms or 1m30s";
    private static final Pattern TARGETS = Pattern.compile("(http|tcp)://:([0-9]{1,5})(/[!-~]*)?");

    private ProbeLabels() {}

    /** What the labels say. */
    public sealed interface Reading {
        /** They are right. */
        record Valid(Optional<Probe> probe) implements Reading {}

        /** They cannot be understood; there is at least one problem, sorted by label. */
        record Invalid(List<LabelProblem> problems) implements Reading {
            public Invalid {
                problems = List.copyOf(problems);
            }
        }
    }

    /** Reads the probe from a service's labels; other labels than those under {@code cardume.health} are not looked at. */
    public static Reading parse(SortedMap<String, String> labels) {
        var problems = new ArrayList<LabelProblem>();
        Optional<Probe.Target> target = target(labels, problems);
        Duration interval = duration(labels, INTERVAL, Duration.ofSeconds(10), problems);
        Duration timeout = duration(labels, TIMEOUT, Duration.ofSeconds(3), problems);
        int retries = retries(labels, problems);
        Duration startPeriod = startPeriod(labels, problems);
        if (!labels.containsKey(TARGET))
            ALL.stream()
                    .filter(labels::containsKey)
                    .forEach(label -> problems.add(new LabelProblem(label, labels.get(label), "only together with " + TARGET)));
        return problems.isEmpty()
                ? new Reading.Valid(target.map(asked -> new Probe(asked, interval, timeout, retries, startPeriod)))
                : new Reading.Invalid(problems);
    }

    private static Optional<Probe.Target> target(SortedMap<String, String> labels, List<LabelProblem> problems) {
        String said = labels.get(TARGET);
        if (said == null) return Optional.empty();
        Matcher parts = TARGETS.matcher(said);
        if (parts.matches()) {
            int port = Integer.parseInt(parts.group(2));
            boolean http = parts.group(1).equals("http");
            if (port >= 1 && port <= 65535 && (http || parts.group(3) == null))
                return Optional.of(
                        http
                                ? new Probe.Target.Http(port, parts.group(3) == null ? "/" : parts.group(3))
                                : new Probe.Target.Tcp(port));
        }
        problems.add(new LabelProblem(
                TARGET, said, "http://:PORT/PATH or tcp://:PORT with a port of the container from 1 to 65535"));
        return Optional.empty();
    }

    private static Duration duration(
            SortedMap<String, String> labels, String label, Duration otherwise, List<LabelProblem> problems) {
        if (!labels.containsKey(label)) return otherwise;
        Optional<Duration> said = GoDuration.parse(labels.get(label)).filter(Duration::isPositive);
        if (said.isEmpty()) problems.add(new LabelProblem(label, labels.get(label), DURATION));
        return said.orElse(otherwise);
    }

    private static Duration startPeriod(SortedMap<String, String> labels, List<LabelProblem> problems) {
        if (!labels.containsKey(START_PERIOD)) return Duration.ZERO;
        Optional<Duration> said = GoDuration.parse(labels.get(START_PERIOD));
        if (said.isEmpty())
            problems.add(new LabelProblem(START_PERIOD, labels.get(START_PERIOD), "a duration such as 0s, 30s or 1m30s"));
        return said.orElse(Duration.ZERO);
    }

    private static int retries(SortedMap<String, String> labels, List<LabelProblem> problems) {
        if (!labels.containsKey(RETRIES)) return 3;
        String said = labels.get(RETRIES);
        if (said.matches("[1-9][0-9]{0,5}")) return Integer.parseInt(said);
        problems.add(new LabelProblem(RETRIES, said, "a whole number from 1 to 999999"));
        return 3;
    }
}
