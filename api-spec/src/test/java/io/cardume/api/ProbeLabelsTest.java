package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeLabelsTest {
    @Test
    void noLabelsAreNoProbe() {
        assertThat(read(Map.of("team", "a"))).isEqualTo(new ProbeLabels.Reading.Valid(Optional.empty()));
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
                "http://:8080/a b", "http://:8080/\r\nX: y", "http://:99999999999/"
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
        return ((ProbeLabels.Reading.Valid) read(labels)).probe().orElseThrow();
    }

    private static List<LabelProblem> problems(Map<String, String> labels) {
        return ((ProbeLabels.Reading.Invalid) read(labels)).problems();
    }
}
