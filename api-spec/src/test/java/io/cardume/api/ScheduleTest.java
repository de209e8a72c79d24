package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "* * * * *|2026-11-21T12:00:30Z|2026-11-21T12:01:00Z",
        "*/15 * * * *|2026-11-21T12:45:00Z|2026-11-21T13:00:00Z",
        "30 3 * * *|2026-11-21T12:00:00Z|2026-11-22T03:30:00Z",
        "0 0 1 * *|2026-11-21T12:00:00Z|2026-12-01T00:00:00Z",
        "0 0 29 2 *|2026-11-21T12:00:00Z|2028-02-29T00:00:00Z",
        "0 9 * * mon-fri|2026-11-20T10:00:00Z|2026-11-23T09:00:00Z",
        "0 9 * * 0|2026-11-20T10:00:00Z|2026-11-22T09:00:00Z",
        "0 9 * * 7|2026-11-20T10:00:00Z|2026-11-22T09:00:00Z",
        "0 0 13 * fri|2026-11-01T00:00:00Z|2026-11-06T00:00:00Z",
        "5,35 8-10/2 * jan,jul *|2026-11-21T12:00:00Z|2027-01-01T08:05:00Z",
        "59 23 31 12 *|2026-12-31T23:59:00Z|2027-12-31T23:59:00Z",
        "@hourly|2026-11-21T12:00:00Z|2026-11-21T13:00:00Z",
        "@daily|2026-11-21T12:00:00Z|2026-11-22T00:00:00Z",
        "@weekly|2026-11-21T12:00:00Z|2026-11-22T00:00:00Z",
        "@yearly|2026-11-21T12:00:00Z|2027-01-01T00:00:00Z",
        "@every 90s|2026-11-21T12:00:00.5Z|2026-11-21T12:01:30Z"})
    void theNextTime(String text, Instant after, Instant next) {
        assertThat(Schedule.parse(text).orElseThrow().next(after, ZoneId.of("UTC"))).hasValue(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
        "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "* * * foo *", "0 0 30 2 *", "@reboot", "@every", "@every 5",
        "@every 500ms", "@every -5s", "1-2-3 * * * *", "* * L * *", "-1 * * * *"})
    void whatCannotBeUnderstoodOrNeverComesIsRefused(String text) {
        assertThat(Schedule.parse(text)).isEmpty();
    }

    /** Lisbon's clocks go from 01:00 to 02:00 on 29 March 2026. */
    @Test
    void aFixedTimeThatIsLeftOutComesAtTheChange() {
        assertThat(times("30 1 * * *", "2026-03-28T12:00:00Z", 3))
                .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z");
    }

    /** And from 02:00 back to 01:00 on 25 October 2026. */
    @Test
    void aFixedTimeThatComesTwiceCountsOnce() {
        assertThat(times("30 1 * * *", "2026-10-24T12:00:00Z", 3))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z");
        assertThat(times("30 1 * * *", "2026-10-25T00:45:00Z", 1)).containsExactly("2026-10-26T01:30:00Z");
    }

    @Test
    void everyHourGoesByTheHoursThatPass() {
        assertThat(times("0 * * * *", "2026-03-29T00:00:00Z", 2)).containsExactly("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z");
        assertThat(times("30 * * * *", "2026-10-25T00:00:00Z", 3))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z");
    }

    @Test
    void labelsAreCheckedAgainstTheMode() {
        assertThat(problems(ServiceMode.replicas(1), CronLabels.CRON, "@daily")).containsExactly(CronLabels.CRON);
        assertThat(problems(ServiceMode.job(1, 1), CronLabels.ZONE, "UTC")).containsExactly(CronLabels.ZONE);
        assertThat(problems(ServiceMode.job(1, 1), CronLabels.CRON, "often", CronLabels.ZONE, "Lisboa", CronLabels.OVERLAP, "queue",
                CronLabels.WINDOW, "soon")).containsExactly(CronLabels.CRON, CronLabels.ZONE, CronLabels.OVERLAP, CronLabels.WINDOW);
        assertThat(problems(ServiceMode.job(1, 1), CronLabels.CRON, "@daily", CronLabels.ZONE, "Europe/Lisbon", CronLabels.OVERLAP,
                "replace", CronLabels.WINDOW, "10m")).isEmpty();
    }

    private static List<String> problems(ServiceMode mode, String... labels) {
        var given = new TreeMap<String, String>();
        for (int i = 0; i < labels.length; i += 2) given.put(labels[i], labels[i + 1]);
        var spec = new ServiceSpec("job", given, TaskSpec.EMPTY, mode, Optional.empty(), Optional.empty(), Optional.empty());
        return CronLabels.FAMILY.problems(spec).stream().map(LabelProblem::label).toList();
    }

    private static List<String> times(String text, String after, int count) {
        var schedule = Schedule.parse(text).orElseThrow();
        var all = new ArrayList<String>();
        var at = Instant.parse(after);
        for (int i = 0; i < count; i++) {
            at = schedule.next(at, ZoneId.of("Europe/Lisbon")).orElseThrow();
            all.add(at.toString());
        }
        return all;
    }
}
