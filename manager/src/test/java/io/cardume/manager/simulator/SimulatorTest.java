package io.cardume.manager.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Whole clusters under faults, each of one seed. {@code bin/simulate SEED} replays one; {@code -Dsimulator.seeds=N} sets
 * how many, {@code -Dsimulator.seed=S} which one.
 */
class SimulatorTest {
    private static final int STEPS = 220;

    @Test
    void everySeedKeepsTheLawsAndBecomesWell() {
        var one = Long.getLong("simulator.seed");
        long count = Long.getLong("simulator.seeds", 400);
        var failures = new ConcurrentLinkedQueue<String>();
        var seeds = one == null ? LongStream.rangeClosed(1, count) : LongStream.of(one);
        seeds.parallel().forEach(seed -> {
            if (failures.size() >= 3) return;
            try {
                new Simulation(seed, 1 + (int) (seed % 4), STEPS).run();
            } catch (AssertionError e) {
                failures.add("seed " + seed + " (replay: bin/simulate " + seed + "): " + e.getMessage());
            }
        });
        assertThat(new ArrayList<>(failures)).as("seeds that failed").isEqualTo(List.of());
        System.out.println("simulated " + (one == null ? count + " seeds" : "seed " + one));
    }
}
