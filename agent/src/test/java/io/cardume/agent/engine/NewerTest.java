package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ContainerSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.Json;

class NewerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"StartInterval\":1000000000}}|Healthcheck.StartInterval",
        "{\"Mounts\":[{\"Type\":\"bind\",\"BindOptions\":{\"ReadOnlyForceRecursive\":true}}]}|BindOptions.ReadOnlyForceRecursive"
    })
    void aFieldThatIsNewerThanTheEngineIsNamedWithBothVersions(String spec, String field) throws Exception {
        assertThat(Newer.than("1.41", read(spec))).contains(field + " needs an engine with API version 1.44, and this one has 1.41");
        assertThat(Newer.than("1.44", read(spec))).isEmpty();
    }

    @Test
    void whatOldEnginesDoAnywayIsNoTrouble() throws Exception {
        assertThat(Newer.than("1.30", read("{\"Healthcheck\":{\"StartInterval\":0},\"Mounts\":[{\"BindOptions\":{\"ReadOnlyNonRecursive\":true}}]}"))).isEmpty();
    }

    private static ContainerSpec read(String json) throws JsonProcessingException {
        return Json.lenient().readValue(json, ContainerSpec.class);
    }
}
