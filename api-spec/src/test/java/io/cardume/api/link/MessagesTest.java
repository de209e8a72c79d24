package io.cardume.api.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.ExecSpec;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is empty is left out on the wire, and is empty again where it arrives. */
class MessagesTest {
    private static final TaskId TASK = new TaskId("t");

    @Test
    void errandsArriveAsTheyWereSent() throws JsonProcessingException {
        for (Errand errand : List.of(new Errand.Listing("", false, false), new Errand.Inspect(TASK, true), new Errand.Top(TASK, ""),
                new Errand.Stats(TASK, true, false), new Errand.CreateExec(TASK, ExecSpec.of(List.of("sh"), true)),
                new Errand.RunExec("e", true, false), new Errand.StartExec("e"), new Errand.InspectExec("e"),
                new Errand.ResizeExec("e", 24, 80))) {
            var open = new ToAgent.Open("s", errand, 1);
            assertThat(Json.lenient().readValue(Json.lenient().writerFor(ToAgent.class).writeValueAsString(open), ToAgent.class)).isEqualTo(open);
        }
    }

    @Test
    void emptyBytesArriveEmpty() throws JsonProcessingException {
        var end = (ToAgent.Send) Json.lenient().readValue(
                Json.lenient().writerFor(ToAgent.class).writeValueAsString(new ToAgent.Send("s", new byte[0])), ToAgent.class);
        assertThat(end.bytes()).isEmpty();
        var answer = new FromAgent.End("s", Optional.empty(), Optional.of(new ErrandFailure(ErrandFailure.Kind.CONFLICT, "")));
        assertThat(Json.lenient().readValue(Json.lenient().writerFor(FromAgent.class).writeValueAsString(answer), FromAgent.class)).isEqualTo(answer);
    }
}
