package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartOrderLabelsTest {
    @Test
    void aNameWithoutAWordIsStarted() {
        assertThat(StartOrderLabels.read(labels("db:healthy, migrate:completed ,cache"))).map(Object::toString)
                .containsExactly("db:healthy", "migrate:completed", "cache:started");
        assertThat(StartOrderLabels.read(new TreeMap<>())).isEmpty();
    }

    @Test
    void whatIsRightHasNoProblems() {
        assertThat(problems("db:healthy,migrate:completed,cache")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "db,", "db:", "db:ready", "db:healthy:started", "-db", "d b", "db,db:healthy", "db;cache"})
    void whatIsWrongIsNamed(String value) {
        assertThat(problems(value)).singleElement().satisfies(problem -> {
            assertThat(problem.label()).isEqualTo("cardume.after");
            assertThat(problem.value()).isEqualTo(value);
            assertThat(problem.allowed()).contains("NAME[:started|healthy|completed]");
        });
    }

    private static java.util.List<LabelProblem> problems(String value) {
        return StartOrderLabels.FAMILY.problems(new ServiceSpec("web", labels(value), TaskSpec.EMPTY, ServiceMode.UNSAID,
                java.util.Optional.empty(), java.util.Optional.empty(), java.util.Optional.empty()));
    }

    private static TreeMap<String, String> labels(String value) {
        return new TreeMap<>(Map.of("cardume.after", value));
    }
}
