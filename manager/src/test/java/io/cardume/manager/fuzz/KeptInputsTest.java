package io.cardume.manager.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.manager.http.ApiFuzz;
import io.cardume.manager.link.AgentFuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Inputs that were kept for the fuzzer to begin with and those it found, and some thousand made of them, the same in every run. */
class KeptInputsTest {
    private static final int MADE = 3_000;

    @Test
    void readersOfRequestsRefuseOrRead() throws Exception {
        tryAll("api", ApiFuzz::fuzzerTestOneInput);
    }

    @Test
    void messagesOfAgentsLeaveTheClusterSound() throws Exception {
        tryAll("agent", AgentFuzz::fuzzerTestOneInput);
    }

    private static void tryAll(String kind, Consumer<byte[]> target) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        try (var files = Files.list(Path.of("src/test/resources/fuzz", kind))) {
            for (Path file : files.sorted().toList()) inputs.add(Files.readAllBytes(file));
        }
        assertThat(inputs).isNotEmpty();
        for (byte[] input : inputs) tried(input, target);
        var random = new Random(4711);
        for (int i = 0; i < MADE; i++) tried(made(inputs, random), target);
    }

    private static void tried(byte[] input, Consumer<byte[]> target) {
        try {
            target.accept(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("input " + new String(input, StandardCharsets.ISO_8859_1), e);
        }
    }

    /** One with some bytes changed, or a part of another in it. */
    private static byte[] made(List<byte[]> inputs, Random random) {
        var one = inputs.get(random.nextInt(inputs.size())).clone();
        if (one.length < 2) return one;
        for (int i = random.nextInt(4); i > 0; i--) one[1 + random.nextInt(one.length - 1)] = (byte) "\"{}[]:,0-9.eu\\\n \0aZ\u00ff".charAt(random.nextInt(19));
        if (random.nextInt(3) > 0) return one;
        var other = inputs.get(random.nextInt(inputs.size()));
        int from = random.nextInt(other.length);
        int length = Math.min(one.length - 1, random.nextInt(other.length - from));
        System.arraycopy(other, from, one, 1 + random.nextInt(one.length - length), length);
        return one;
    }
}
