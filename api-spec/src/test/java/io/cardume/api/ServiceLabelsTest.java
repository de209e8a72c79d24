package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceLabelsTest {
    @Test
    void unknownLabelIsRefusedWithTheNearestKnownOne() {
        assertThat(problems("cardume.health.intervall")).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo("Labels[\"cardume.health.intervall\"]");
            assertThat(problem.text()).contains("cardume.health.interval");
        });
    }

    @Test
    void labelsOfOthersAreNotLookedAt() {
        assertThat(problems("cardumes.health")).isEmpty();
        assertThat(problems("com.example.cardume.health")).isEmpty();
    }

    private static List<SpecProblem> problems(String label) {
        var body = """
                {"Name": "web", "Labels": {"%s": "5s"}, "TaskTemplate": {"ContainerSpec": {"Image": "web:1"}}}""".formatted(label);
        return switch (ServiceSpecs.read(body.getBytes(StandardCharsets.UTF_8), false)) {
            case Reading.Valid<ServiceSpec>(_) -> List.of();
            case Reading.Invalid<ServiceSpec>(var problems) -> problems;
        };
    }
}
