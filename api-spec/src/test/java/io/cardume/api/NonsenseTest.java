package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.link.FromAgent;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent leaves out must be found at the door: stored, it would break every plan. */
class NonsenseTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "{'type':'hello','token':'t','node':'n'}",
        "{'type':'hello','token':'t','node':'n','description':null,'address':''}",
        "{'type':'hello','token':'t','description':{'hostname':'h'}}",
        "{'type':'statuses','reports':[{'task':'t'}]}",
        "{'type':'statuses','reports':[{'status':{'at':'2026-11-21T12:00:00Z','state':'failed'}}]}",
        "{'type':'statuses','reports':[{'task':'t','status':{'state':'failed'}}]}",
        "{'type':'statuses','reports':[{'task':'t','status':{'at':'2026-11-21T12:00:00Z'}}]}"
    })
    void whatAnAgentMustSayAndDoesNotIsRefused(String said) {
        assertThatThrownBy(() -> Json.lenient().readValue(said.replace('\'', '"'), FromAgent.class))
                .isInstanceOf(JsonProcessingException.class);
    }
}
