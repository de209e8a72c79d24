package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeLabelsTest {
    @Test
    void noLabelsAreNoProbe() {
        assertThat(read(Map.of("team", "a"))).isEqualTo(new ProbeLabels.Reading.Valid(Checks.NONE));
    }

    @Test
    void targetAloneTakesTheDefaults() {
        assertThat(probe(Map.of("cardume.health", "http://:8080")))
                .isEqualTo(new Probe(
                        new Probe.Target.Http(8080, "/"), Duration.ofSeconds(10), Duration.ofSeconds(3), 3, Duration.ZERO));
    }

    @Test
    void everyLabelIsRead() {
        assertThat(probe(Map.of(
                        "cardume.health", "tcp://:5432",
                        "cardume.health.interval", "1m30s",
                        "cardume.health.timeout", "500ms",
                        "cardume.health.retries", "5",
                        "cardume.health.start-period", "0s")))
                .isEqualTo(new Probe(
                        new Probe.Target.Tcp(5432), Duration.ofSeconds(90), Duration.ofMillis(500), 5, Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://:8080", "http://:8080/", "http://:1/a/b?c=d", "tcp://:65535"})
    void goodTargets(String target) {
        assertThat(read(Map.of("cardume.health", target))).isInstanceOf(ProbeLabels.Reading.Valid.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "8080", "http://8080", "http://web:8080/", "http://:0/", "http://:65536/", "https://:1/", "tcp://:1/x",
                "http://:8080/a b", "http://:8080/\r\nX: y", "http://:99999999999/", "exec:", "exec: ", "exec:[]", "exec:[1]", "exec:[\"\"]", "EXEC:x"
            })
    void badTargets(String target) {
        assertThat(problems(Map.of("cardume.health", target)))
                .singleElement()
                .satisfies(problem -> assertThat(problem.label()).isEqualTo("cardume.health"));
    }

    @ParameterizedTest
    @CsvSource({
        "cardume.health.interval,0s", "cardume.health.interval,5", "cardume.health.interval,-5s",
        "cardume.health.timeout,soon", "cardume.health.timeout,''", "cardume.health.retries,0",
        "cardume.health.retries,3.5", "cardume.health.retries,12345678901", "cardume.health.start-period,-1s",
        "cardume.health.start-period,5 s"
    })
    void badValueIsNamedWithWhatIsAllowed(String label, String value) {
        assertThat(problems(Map.of("cardume.health", "tcp://:80", label, value))).singleElement().satisfies(problem -> {
            assertThat(problem.label()).isEqualTo(label);
            assertThat(problem.value()).isEqualTo(value);
            assertThat(problem.allowed()).isNotEmpty();
        });
    }

    @Test
    void settingsWithoutTargetAreRefused() {
        assertThat(problems(Map.of("cardume.health.retries", "5")))
                .containsExactly(new LabelProblem("cardume.health.retries", "5", "only together with cardume.health"));
    }

    @Test
    void healthIsStartupAndLivenessInOne() {
        var checks = checks(Map.of("cardume.health", "tcp://:80"));

        assertThat(checks.startup()).isEqualTo(checks.live()).isPresent();
        assertThat(checks.ready()).isEmpty();
    }

    @Test
    void threeChecksAreReadApart() {
        var checks = checks(Map.of(
                "cardume.startup", "tcp://:1", "cardume.startup.retries", "30",
                "cardume.ready", "http://:2/r", "cardume.ready.interval", "1s",
                "cardume.live", "exec:pg_isready -q", "cardume.live.timeout", "9s"));

        assertThat(checks.startup().orElseThrow().retries()).isEqualTo(30);
        assertThat(checks.ready().orElseThrow().interval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(checks.live().orElseThrow().target()).isEqualTo(Probe.Target.Exec.shell("pg_isready -q"));
        assertThat(checks.live().orElseThrow().timeout()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void aCommandIsALineForTheShellOrAList() {
        assertThat(target("exec:[ -f /ready ]")).isEqualTo(Probe.Target.Exec.shell("[ -f /ready ]"));
        assertThat(target("exec:[\"/bin/check\",\"a b\"]")).isEqualTo(new Probe.Target.Exec(List.of("/bin/check", "a b")));
        assertThat(target("exec:[\"/bin/check\",\"a b\"]")).hasToString("exec:[\"/bin/check\",\"a b\"]");
        assertThat(target("exec:[ -f /ready ]")).hasToString("exec:[ -f /ready ]");
    }

    private static Probe.Target target(String said) {
        return checks(Map.of("cardume.ready", said)).ready().orElseThrow().target();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cardume.startup", "cardume.live"})
    void whatContradictsIsRefusedInWords(String other) {
        assertThat(problems(Map.of("cardume.health", "tcp://:80", other, "tcp://:81"))).singleElement().satisfies(problem -> {
            assertThat(problem.label()).isEqualTo(other);
            assertThat(problem.allowed()).contains("startup and liveness check in one");
        });
    }

    @ParameterizedTest
    @CsvSource({"'',1,0", "'',2,1", "'',3,1", "'',12,6", "0,3,0", "2,3,2", "7,3,7", "50%,3,2", "100%,3,3", "0%,3,0", "34%,3,2"})
    void theHealingFloor(String said, int wanted, int floor) {
        var labels = new TreeMap<String, String>();
        if (!said.isEmpty()) labels.put("cardume.min-available", said);

        assertThat(HealingFloor.of(labels, wanted)).isEqualTo(floor);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0", "0s,0", "5s,5000000000", "500ms,500000000", "1m30s,90000000000", "1.5h,5400000000000", "1h2m3s,3723000000000",
        "2us,2000", "2µs,2000", "7ns,7", ".5s,500000000", "1.s,1000000000"
    })
    void goDurations(String text, long nanos) {
        assertThat(GoDuration.parse(text)).contains(Duration.ofNanos(nanos));
        assertThat(GoDuration.parse(GoDuration.text(Duration.ofNanos(nanos)))).contains(Duration.ofNanos(nanos));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "5 s", "5s ", "s5", "5d", "1h-2m", ".s", "9999999h"})
    void notGoDurations(String text) {
        assertThat(GoDuration.parse(text)).isEmpty();
    }

    private static ProbeLabels.Reading read(Map<String, String> labels) {
        return ProbeLabels.parse(new TreeMap<>(labels));
    }

    private static Probe probe(Map<String, String> labels) {
        return checks(labels).startup().orElseThrow();
    }

    private static Checks checks(Map<String, String> labels) {
        return ((ProbeLabels.Reading.Valid) read(labels)).checks();
    }

    private static List<LabelProblem> problems(Map<String, String> labels) {
        return ((ProbeLabels.Reading.Invalid) read(labels)).problems();
    }
}
