package io.cardume.manager.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.HearBalanced;
import io.cardume.manager.loop.HearEngine;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.Sound;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What agents and managers say to each other, given anything, one message a line. It is no message or it is one, and the same
 * when it is written and read again; and the cluster is sound after what an agent said.
 */
public final class AgentFuzz {
    private AgentFuzz() {}

    /** Gives lines to both sides. */
    public static void fuzzerTestOneInput(byte[] input) {
        var commands = new ArrayList<Command<?>>();
        for (String line : new String(input, StandardCharsets.UTF_8).split("\n")) {
            command(line, commands);
            told(line);
        }
        if (!commands.isEmpty()) Sound.after(commands);
    }

    private static void command(String line, List<Command<?>> commands) {
        FromAgent message;
        try {
            message = AgentSession.read(line);
        } catch (JsonProcessingException e) {
            return;
        }
        sameAgain(message, FromAgent.class);
        switch (message) {
            case FromAgent.Hello hello -> commands.add(new JoinNode(hello, "10.0.0.3"));
            case FromAgent.Heartbeat(_, var trouble) -> {
                commands.add(new HearEngine(Sound.NODE, trouble));
                commands.add(new HearNode(Sound.NODE, List.of()));
            }
            case FromAgent.Statuses(_, _, var reports) -> commands.add(new HearNode(Sound.NODE, reports));
            case FromAgent.Balanced(var version, var troubles) -> commands.add(new HearBalanced(Sound.NODE, version, troubles));
            default -> {}
        }
    }

    private static void told(String line) {
        try {
            sameAgain(Json.lenient().readValue(line, ToAgent.class), ToAgent.class);
        } catch (JsonProcessingException e) {
            // no message
        }
    }

    /** Compared by what is written, for messages have arrays of bytes. */
    private static <T> void sameAgain(T message, Class<T> kind) {
        try {
            var written = Json.lenient().writerFor(kind).writeValueAsString(message);
            var again = Json.lenient().writerFor(kind).writeValueAsString(Json.lenient().readValue(written, kind));
            JsonNode was = Json.lenient().readTree(written);
            if (!was.equals(Json.lenient().readTree(again))) throw new AssertionError("read again it is another: " + written + " / " + again);
        } catch (JsonProcessingException e) {
            throw new AssertionError("what was read cannot be written and read again", e);
        }
    }
}
