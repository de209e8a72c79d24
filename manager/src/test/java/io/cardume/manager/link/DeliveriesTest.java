package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ConfigReference;
import io.cardume.api.Driver;
import io.cardume.api.FileTarget;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.SecretReference;
import io.cardume.api.ServiceSpec;
import io.cardume.api.link.Delivered;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.Refusal;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliveriesTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private ClusterState state = ClusterState.empty();

    @BeforeEach
    void form() throws Refusal {
        done(init());
        done(new JoinNode(hello("a"), ""));
        done(new JoinNode(hello("b"), ""));
    }

    @Test
    void onlyTheNodeThatRunsTheTaskIsTold() throws Refusal {
        var secret = blob(BlobKind.SECRET, "pw", "hunter2", false);
        done(new CreateService(using(service("web", 1), secret, "pw")));
        var node = state.tasks().firstEntry().getValue().node().orElseThrow();
        var other = new NodeId(node.value().equals("a") ? "b" : "a");

        assertThat(delivered(Assignments.of(state, node).deliveries().whole())).containsExactly(new Delivered(secret, Optional.empty(), payload("hunter2")));
        assertThat(delivered(Assignments.of(state, other).deliveries().whole())).isEmpty();
    }

    @Test
    void bytesAreToldOnceForAllTasksAndNotForThoseThatEnd() throws Refusal {
        var secret = blob(BlobKind.SECRET, "pw", "hunter2", false);
        var before = Assignments.of(state, new NodeId("a"));
        done(new CreateService(using(service("web", 4), secret, "pw")));
        var with = Assignments.of(state, new NodeId("a"));
        assertThat(with.since(before).tasks()).hasSize(2);
        assertThat(delivered(with.deliveries().since(before.deliveries()))).hasSize(1);
        done(new CreateService(using(service("api", 2), secret, "pw")));
        assertThat(delivered(Assignments.of(state, new NodeId("a")).deliveries().since(with.deliveries()))).isEmpty();

        for (String name : List.of("web", "api")) done(new RemoveService(state.serviceNamed(name).orElseThrow().id()));
        assertThat(delivered(Assignments.of(state, new NodeId("a")).deliveries().whole())).isEmpty();
    }

    @Test
    void noMessageHoldsMoreThanAFewLargeOnes() throws Refusal {
        var spec = service("web", 2);
        var files = new ArrayList<SecretReference>();
        for (int i = 0; i < 100; i++)
            files.add(new SecretReference(file("s" + i), blob(BlobKind.SECRET, "s" + i, "x".repeat(500_000), false).value(), "s" + i));
        done(new CreateService(spec.template(spec.taskTemplate().with(spec.taskTemplate().containerSpec().with(files, List.of())))));

        int count = 0;
        for (var left = Assignments.of(state, new NodeId("a")).deliveries().whole(); left.hasNext(); ) {
            var message = left.next().delivered();
            assertThat(message.stream().mapToInt(one -> one.data().size()).sum()).isLessThan(Deliveries.FULL + 500_000);
            count += message.size();
        }
        assertThat(count).isEqualTo(100);
    }

    @Test
    void templatesAreFilledInForEachTask() throws Refusal {
        var secret = blob(BlobKind.SECRET, "pw", "hunter2", false);
        var config = blob(BlobKind.CONFIG, "app", "{{.Service.Name}}-{{.Task.Slot}} on {{.Node.Hostname}}: {{secret \"pw\"}} {{env \"TIER\"}}{{env \"NONE\"}}", true);
        done(new CreateService(using(service("web", 2), secret, "pw", config, "app")));
        var task = state.tasks().firstEntry().getValue();
        var node = task.node().orElseThrow();

        assertThat(delivered(Assignments.of(state, node).deliveries().whole())).contains(new Delivered(config, Optional.of(task.id()),
                payload("web-" + task.slot() + " on " + node + ": hunter2 front")));
    }

    @Test
    void aTemplateThatGetsTooLongIsNotDelivered() throws Refusal {
        var secret = blob(BlobKind.SECRET, "pw", "x".repeat(500_000), false);
        var config = blob(BlobKind.CONFIG, "app", "{{secret \"pw\"}}".repeat(10), true);
        done(new CreateService(using(service("web", 1), secret, "pw", config, "app")));
        var node = state.tasks().firstEntry().getValue().node().orElseThrow();

        assertThat(delivered(Assignments.of(state, node).deliveries().whole())).extracting(Delivered::blob).containsExactly(secret);
    }

    @Test
    void templateThatAsksForAnotherFileIsRefused() throws Refusal {
        var secret = blob(BlobKind.SECRET, "pw", "hunter2", false);
        var config = blob(BlobKind.CONFIG, "app", "{{secret \"other\"}}{{config \"app\"}}", true);
        assertThatThrownBy(() -> done(new CreateService(using(service("web", 1), secret, "pw", config, "app"))))
                .hasMessage("config 'app' is a template that asks for secret \"other\", and service web has no file of that target");
    }

    @Test
    void bytesAreInTheMessageAndInNoLog() throws Refusal, JsonProcessingException {
        var secret = blob(BlobKind.SECRET, "pw", "hunter2", false);
        done(new CreateService(using(service("web", 1), secret, "pw")));
        var told = Assignments.of(state, state.tasks().firstEntry().getValue().node().orElseThrow()).deliveries().whole().next();
        assertThat(told.toString()).doesNotContain("hunter2").doesNotContain("aHVudGVyMg==");
        assertThat(state.blob(secret).toString()).doesNotContain("hunter2").doesNotContain("aHVudGVyMg==");
        var sent = Json.lenient().writerFor(ToAgent.class).writeValueAsString(told);
        assertThat(sent).containsOnlyOnce("aHVudGVyMg==");
        assertThat(Json.lenient().readValue(sent, ToAgent.class)).isEqualTo(told);
    }

    private BlobId blob(BlobKind kind, String name, String data, boolean template) throws Refusal {
        return done(new CreateBlob(kind, new BlobSpec(name, new TreeMap<>(), payload(data),
                template ? Optional.of(new Driver("golang", null)) : Optional.empty())));
    }

    private static List<Delivered> delivered(Iterator<ToAgent.Delivery> messages) {
        var all = new ArrayList<Delivered>();
        messages.forEachRemaining(message -> all.addAll(message.delivered()));
        return all;
    }

    private static Payload payload(String text) {
        return Payload.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<FileTarget> file(String name) {
        return Optional.of(new FileTarget(name, "0", "0", Optional.of(0444L)));
    }

    private static ServiceSpec using(ServiceSpec spec, BlobId secret, String name) {
        var container = spec.taskTemplate().containerSpec();
        return spec.template(spec.taskTemplate().with(container.with(
                List.of(new SecretReference(file(name), secret.value(), name)), List.of())));
    }

    private static ServiceSpec using(ServiceSpec spec, BlobId secret, String secretName, BlobId config, String configName) {
        var container = using(spec, secret, secretName).taskTemplate().containerSpec();
        var both = container.with(container.secrets(), List.of(new ConfigReference(file(configName), config.value(), configName)));
        return spec.template(spec.taskTemplate().with(both.with(List.of("TIER=front"), Optional.empty(), List.of())));
    }

    private <A> A done(Command<A> command) throws Refusal {
        var draft = new Draft(state, NOW, "seed");
        A answer = command.apply(draft);
        new Planner(PlannerSettings.DEFAULTS).plan(draft);
        if (!draft.stored().isEmpty()) state = draft.state().settled().at(draft.version());
        return answer;
    }
}
