package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpecs;
import io.cardume.api.ExecSpec;
import io.cardume.api.GenericResources;
import io.cardume.api.GoDuration;
import io.cardume.api.Ipv4;
import io.cardume.api.Json;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NodeSpec;
import io.cardume.api.Reading;
import io.cardume.api.RebalanceRequest;
import io.cardume.api.ServiceSpecs;
import io.cardume.api.Subnet;
import io.cardume.api.SwarmSpec;
import io.cardume.api.Template;
import io.cardume.api.WireReader;
import io.cardume.api.trust.JoinToken;
import io.cardume.manager.compose.ComposeFile;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.loop.ApplyStack;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.CreateNetwork;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.Sound;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What reads a request, given anything. It refuses in its own way or it reads; what was read, written and read again is the
 * same; and the cluster is sound after the command that it becomes.
 */
public final class ApiFuzz {
    /** A reader of requests. */
    private enum Reader {
        SERVICE, NETWORK, SECRET, CONFIG, NODE, EXEC, SWARM, REBALANCE, FILTERS, COMPOSE, LOGIN, TEXTS, CRON, CHECKS, HTTP
    }

    private ApiFuzz() {}

    /** Gives an input to a reader; its first byte says to which. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) return;
        var body = Arrays.copyOfRange(input, 1, input.length);
        var text = new String(body, StandardCharsets.UTF_8);
        switch (Reader.values()[Math.floorMod(input[0] - 'A', Reader.values().length)]) {
            case SERVICE -> service(body);
            case NETWORK -> settled(body, NetworkSpec::read, spec -> Sound.after(List.of(new CreateNetwork(spec))));
            case SECRET -> blob(BlobKind.SECRET, body);
            case CONFIG -> blob(BlobKind.CONFIG, body);
            case NODE -> read(body, tree -> WireReader.read(tree, NodeSpec.class, false, _ -> true), _ -> {});
            case EXEC -> read(body, tree -> WireReader.read(tree, ExecSpec.class, false, _ -> false), _ -> {});
            case SWARM -> settled(body, tree -> SwarmSpec.read(tree, ""), _ -> {});
            case REBALANCE -> read(body, tree -> WireReader.read(tree, RebalanceRequest.class, true, _ -> false), _ -> {});
            case FILTERS -> orRefused(() -> Filters.parse(text, Set.of("name", "label", "id")));
            case COMPOSE -> {
                if (ComposeFile.read(text, "shop", new TreeMap<>()) instanceof ComposeFile.Outcome.Whole(var stack))
                    Sound.after(List.of(new ApplyStack(stack, true), new ApplyStack(stack, true)));
            }
            case LOGIN -> orRefused(() -> RegistryRoutes.login(text));
            case TEXTS -> texts(text);
            case CRON -> labelled("cardume.cron", text);
            case CHECKS -> labelled("cardume.ready", text);
            case HTTP -> labelled("cardume.http.host", text);
        }
    }

    private static void service(byte[] body) {
        ServiceSpecs.read(body, true);
        if (!(ServiceSpecs.read(body, false) instanceof Reading.Valid(var spec))) return;
        var written = bytes(spec);
        if (!(ServiceSpecs.read(written, false) instanceof Reading.Valid(var again)) || !again.equals(spec))
            throw new AssertionError("read again it is another: " + new String(written, StandardCharsets.UTF_8));
        Sound.after(List.of(new CreateService(spec)));
    }

    /** A service with a label. */
    private static void labelled(String label, String text) {
        var spec = Exchange.object().put("Name", "x");
        spec.putObject("Labels").put(label, text);
        spec.putObject("TaskTemplate").putObject("ContainerSpec").put("Image", "web:1");
        if (label.equals("cardume.cron")) spec.putObject("Mode").putObject("ReplicatedJob");
        service(bytes(spec));
    }

    private static void blob(BlobKind kind, byte[] body) {
        BlobSpecs.update(kind, body);
        if (BlobSpecs.create(kind, body) instanceof Reading.Valid(var spec)) Sound.after(List.of(new CreateBlob(kind, spec)));
    }

    private static void texts(String text) {
        allowed(() -> Subnet.parse(text));
        allowed(() -> Ipv4.parse(text));
        allowed(() -> JoinToken.parse(text));
        allowed(() -> Limits.parse(List.of(text)));
        allowed(() -> ApiAddress.parse(text));
        allowed(() -> GenericResources.parse(List.of(text.split("\n"))));
        orRefused(() -> Events.time("since", text));
        ApiVersion.parse(text);
        GoDuration.parse(text).ifPresent(duration -> {
            if (!GoDuration.parse(GoDuration.text(duration)).equals(Optional.of(duration)))
                throw new AssertionError(text + " is " + duration + ", which is written " + GoDuration.text(duration));
        });
        try {
            Template.of(text, Set.of("env", "secret"));
        } catch (Template.Malformed e) {
            // as it should
        }
    }

    /** What is kept in another form than it is said in: it comes back from the log as it went there. */
    private static <T> void settled(byte[] body, Function<JsonNode, Reading<T>> reader, Consumer<T> then) {
        if (WireReader.tree(body) instanceof Reading.Valid(var tree) && reader.apply(tree) instanceof Reading.Valid(var value)) then.accept(value);
    }

    private static <T> void read(byte[] body, Function<JsonNode, Reading<T>> reader, Consumer<T> then) {
        if (!(WireReader.tree(body) instanceof Reading.Valid(var tree)) || !(reader.apply(tree) instanceof Reading.Valid(var value))) return;
        if (!(WireReader.tree(bytes(value)) instanceof Reading.Valid(var written)) || !(reader.apply(written) instanceof Reading.Valid(var again))
                || !again.equals(value))
            throw new AssertionError("read again it is another: " + new String(bytes(value), StandardCharsets.UTF_8));
        then.accept(value);
    }

    private static byte[] bytes(Object value) {
        try {
            return Json.lenient().writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new AssertionError("what was read cannot be written", e);
        }
    }

    private static void orRefused(Runnable reader) {
        try {
            reader.run();
        } catch (ApiException e) {
            if (e.status() >= 500) throw e;
        }
    }

    private static void allowed(Runnable reader) {
        try {
            reader.run();
        } catch (IllegalArgumentException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) throw new AssertionError("a refusal without words", e);
        }
    }
}
