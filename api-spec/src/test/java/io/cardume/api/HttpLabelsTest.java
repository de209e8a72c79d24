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

class HttpLabelsTest {
    @Test
    void withoutPortAServiceIsNotReachedByHttp() {
        assertThat(HttpLabels.of(new TreeMap<>(Map.of("team", "a")))).isEmpty();
    }

    @Test
    void portAloneIsEveryHostAndPath() {
        assertThat(HttpLabels.of(new TreeMap<>(Map.of("cardume.http.port", "8080"))))
                .hasValue(new HttpLabels(List.of(), "/", 8080, 1, Optional.empty(), Optional.empty(), Duration.ofMinutes(1)));
    }

    @Test
    void everyLabelIsRead() {
        assertThat(HttpLabels.of(new TreeMap<>(Map.of(
                        "cardume.http.port", "80",
                        "cardume.http.host", "Shop.Example, *.shop.example",
                        "cardume.http.path", "/cart/",
                        "cardume.http.weight", "0",
                        "cardume.http.sticky", "lane",
                        "cardume.http.tls", "shop.cert",
                        "cardume.http.timeout", "5m"))))
                .hasValue(new HttpLabels(List.of("shop.example", "*.shop.example"), "/cart", 80, 0, Optional.of("lane"), Optional.of("shop.cert"), Duration.ofMinutes(5)));
    }

    @ParameterizedTest
    @CsvSource({
        "cardume.http.port,0", "cardume.http.port,65536", "cardume.http.port,http", "cardume.http.port,''",
        "cardume.http.host,''", "cardume.http.host,a b", "cardume.http.host,'a,,b'", "cardume.http.host,a.example:80", "cardume.http.host,*", "cardume.http.host,a.*.b",
        "cardume.http.host,http://a", "cardume.http.host,-a", "cardume.http.path,shop", "cardume.http.path,''", "cardume.http.path,/a?b", "cardume.http.path,/a b",
        "cardume.http.path,//a", "cardume.http.path,/a/../b", "cardume.http.path,/a;b", "cardume.http.weight,-1", "cardume.http.weight,1001", "cardume.http.weight,1.5",
        "cardume.http.sticky,''", "cardume.http.sticky,a b", "cardume.http.sticky,a=b", "cardume.http.tls,''", "cardume.http.tls,a/b",
        "cardume.http.timeout,soon", "cardume.http.timeout,-1s"
    })
    void badValueIsNamedWithWhatIsAllowed(String label, String value) {
        var labels = new TreeMap<>(Map.of("cardume.http.port", "80"));
        labels.put(label, value);
        assertThat(problems(ServiceMode.UNSAID, labels)).singleElement().satisfies(problem -> {
            assertThat(problem.label()).isEqualTo(label);
            assertThat(problem.value()).isEqualTo(value);
            assertThat(problem.allowed()).isNotEmpty();
        });
        assertThat(HttpLabels.of(labels)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "path", "weight", "sticky", "tls", "timeout"})
    void nothingIsSaidWithoutAPort(String label) {
        assertThat(problems(ServiceMode.UNSAID, new TreeMap<>(Map.of("cardume.http." + label, "x"))))
                .contains(new LabelProblem("cardume.http." + label, "x", "only together with cardume.http.port"));
    }

    @Test
    void jobsAnswerNoRequests() {
        assertThat(problems(ServiceMode.job(1, 1), new TreeMap<>(Map.of("cardume.http.port", "80"))))
                .singleElement().satisfies(problem -> assertThat(problem.allowed()).contains("Mode.Replicated or Mode.Global"));
    }

    private static List<LabelProblem> problems(ServiceMode mode, TreeMap<String, String> labels) {
        return HttpLabels.FAMILY.problems(
                new ServiceSpec("web", labels, TaskSpec.EMPTY, mode, Optional.empty(), Optional.empty(), Optional.empty()));
    }
}
