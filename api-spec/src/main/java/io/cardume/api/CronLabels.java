package io.cardume.api;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/**
 * When a job runs by itself, as its service's labels say.
 *
 * @param text the schedule as written
 * @param schedule the schedule
 * @param zone the zone whose clock it goes by
 * @param overlap what happens when a run is due while the one before goes on
 * @param window how late a run may begin that no manager was there to begin in time
 */
public record CronLabels(String text, Schedule schedule, ZoneId zone, Overlap overlap, Duration window) {
    /** When it runs. */
    public static final String CRON = "cardume.cron";
    /** The zone whose clock it goes by; UTC where not said. */
    public static final String ZONE = "cardume.cron.zone";
    /** What happens when a run is due while the one before goes on; forbid where not said. */
    public static final String OVERLAP = "cardume.cron.overlap";
    /** How late a missed run may begin; one hour where not said. */
    public static final String WINDOW = "cardume.cron.window";

    private static final List<String> ALL = List.of(CRON, OVERLAP, WINDOW, ZONE);
    private static final Duration HOUR = Duration.ofHours(1);

    /** What happens when a run is due while the one before goes on. */
    public enum Overlap {
        /** Both run. */
        ALLOW,
        /** The new one is left out. */
        FORBID,
        /** The old one is stopped. */
        REPLACE
    }

    /** The family of these labels. */
    public static final ServiceLabels.Family FAMILY = new ServiceLabels.Family(ALL, CronLabels::problems);

    /** What a spec's labels say, which have been found right; empty without a schedule. */
    public static Optional<CronLabels> of(ServiceSpec spec) {
        var labels = spec.labels();
        return Optional.ofNullable(labels.get(CRON)).flatMap(Schedule::parse).map(schedule -> new CronLabels(
                labels.get(CRON), schedule, zone(labels).orElse(ZoneId.of("UTC")), overlap(labels).orElse(Overlap.FORBID),
                window(labels).orElse(HOUR)));
    }

    private static List<LabelProblem> problems(ServiceSpec spec) {
        var labels = spec.labels();
        var problems = new ArrayList<LabelProblem>();
        for (String label : ALL)
            if (labels.containsKey(label) && !spec.mode().runsToEnd())
                problems.add(new LabelProblem(label, labels.get(label),
                        "only with Mode.ReplicatedJob or Mode.GlobalJob: --mode replicated-job or --mode global-job"));
            else if (labels.containsKey(label) && !labels.containsKey(CRON))
                problems.add(new LabelProblem(label, labels.get(label), "only together with " + CRON));
        wrong(problems, labels, CRON, labels.containsKey(CRON) ? Schedule.parse(labels.get(CRON)) : Optional.empty(), Schedule.ALLOWED);
        wrong(problems, labels, ZONE, zone(labels), "a time zone such as UTC or Europe/Lisbon");
        wrong(problems, labels, OVERLAP, overlap(labels), "one of allow, forbid, replace");
        wrong(problems, labels, WINDOW, window(labels), "a duration such as 0s, 10m or 12h");
        return problems;
    }

    private static void wrong(
            List<LabelProblem> problems, SortedMap<String, String> labels, String label, Optional<?> read, String allowed) {
        if (labels.containsKey(label) && read.isEmpty()) problems.add(new LabelProblem(label, labels.get(label), allowed));
    }

    private static Optional<ZoneId> zone(SortedMap<String, String> labels) {
        try {
            return Optional.ofNullable(labels.get(ZONE)).map(ZoneId::of);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Overlap> overlap(SortedMap<String, String> labels) {
        var said = labels.getOrDefault(OVERLAP, "");
        for (Overlap each : Overlap.values())
            if (each.name().toLowerCase(Locale.ROOT).equals(said)) return Optional.of(each);
        return Optional.empty();
    }

    private static Optional<Duration> window(SortedMap<String, String> labels) {
        return Optional.ofNullable(labels.get(WINDOW)).flatMap(GoDuration::parse);
    }
}
