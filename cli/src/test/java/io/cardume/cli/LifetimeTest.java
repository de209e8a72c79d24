package io.cardume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LifetimeTest {
    private final List<String> closed = new ArrayList<>();

    private AutoCloseable part(String name) {
        return () -> closed.add(name);
    }

    @Test
    void partsAreClosedLastFirstAndOnce() {
        var lifetime = new Lifetime();
        lifetime.add(part("manager"));
        lifetime.add(part("agent"));
        lifetime.close();
        lifetime.close();
        assertThat(closed).containsExactly("agent", "manager");
    }

    @Test
    void partThatDoesNotCloseDoesNotKeepTheOthersOpen() {
        var lifetime = new Lifetime();
        lifetime.add(part("manager"));
        lifetime.add(() -> {
            throw new IllegalStateException("stuck");
        });
        lifetime.close();
        assertThat(closed).containsExactly("manager");
    }

    @Test
    void partThatComesAfterTheEndIsClosedAtOnce() {
        var lifetime = new Lifetime();
        lifetime.close();
        lifetime.add(part("late"));
        assertThat(closed).containsExactly("late");
    }

    @Test
    void brokenPartEndsTheWaitWithItsWords() {
        try (var lifetime = new Lifetime()) {
            var broken = CompletableFuture.completedFuture(new IllegalStateException("a law is broken"));
            assertThatThrownBy(() -> lifetime.await(List.of(new CompletableFuture<RuntimeException>(), broken)))
                    .satisfies(thrown -> assertThat(Words.of(thrown)).isEqualTo("it cannot go on: a law is broken"));
        }
    }
}
