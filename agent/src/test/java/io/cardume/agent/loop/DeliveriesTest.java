package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.BlobId;
import io.cardume.api.ConfigReference;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.FileTarget;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeliveriesTest {
    private static final Payload BYTES = Payload.of(new byte[] {1});
    private static final Payload OTHER = Payload.of(new byte[] {2});
    private final Deliveries deliveries = new Deliveries();

    @Test
    void bytesAreKeptWhileATaskThatIsToRunNeedsThem() {
        var running = task("a", DesiredState.RUNNING);
        deliveries.take(List.of(delivered(Optional.empty(), BYTES)));
        deliveries.keepFor(List.of(running));
        deliveries.keepFor(List.of(running, task("b", DesiredState.READY)));
        assertThat(deliveries.of(running)).singleElement().satisfies(file -> assertThat(file.data()).contains(BYTES));

        deliveries.keepFor(List.of(task("a", DesiredState.SHUTDOWN)));
        assertThat(deliveries.of(task("a", DesiredState.SHUTDOWN))).isEmpty();
        assertThat(deliveries.of(running)).as("forgotten").singleElement().satisfies(file -> assertThat(file.data()).isEmpty());
    }

    @Test
    void aTemplateFilledInForATaskIsItsAlone() {
        var a = task("a", DesiredState.RUNNING);
        var b = task("b", DesiredState.RUNNING);
        deliveries.take(List.of(delivered(Optional.of(a.id()), BYTES), delivered(Optional.of(b.id()), OTHER)));
        deliveries.keepFor(List.of(a, b));
        assertThat(deliveries.of(a)).singleElement().satisfies(file -> {
            assertThat(file.data()).contains(BYTES);
            assertThat(file.filled()).isTrue();
        });
        assertThat(deliveries.of(b)).singleElement().satisfies(file -> assertThat(file.data()).contains(OTHER));
    }

    private static Delivered delivered(Optional<TaskId> task, Payload bytes) {
        return new Delivered(new BlobId("b1"), task, bytes);
    }

    private static AssignedTask task(String name, DesiredState desired) {
        var container = ContainerSpec.of("web:1").with(List.of(),
                List.of(new ConfigReference(Optional.of(new FileTarget("f", "", "", Optional.empty())), "b1", "app")));
        return AssignedTask.of(new TaskId(name), new ServiceId("s"), "web", "1", desired, TaskSpec.EMPTY.with(container), List.of(), new TreeMap<>());
    }
}
