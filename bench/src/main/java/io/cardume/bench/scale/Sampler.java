package io.cardume.bench.scale;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** Asks the API all the time, and keeps how long each answer took, by what was asked and what was going on. */
final class Sampler implements Runnable {
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int LISTS_EVERY = 50;

    private final Api api;
    private final Fleet fleet;
    private final List<String> services;
    private final Map<String, List<Double>> millis = new TreeMap<>();
    private volatile String phase = "";
    private volatile boolean over;

    Sampler(Api api, Fleet fleet, List<String> services) {
        this.api = api;
        this.fleet = fleet;
        this.services = services;
    }

    /** What is going on from now on; "" = nothing is asked. */
    void during(String what) {
        phase = what;
    }

    void end() {
        over = true;
    }

    @Override
    public void run() {
        try {
            for (int i = 0; !over; i++) {
                Thread.sleep(PAUSE);
                var now = phase;
                if (now.isEmpty() || services.isEmpty()) continue;
                var service = services.get(ThreadLocalRandom.current().nextInt(services.size()));
                ask(now, "GET one service", "/services/" + service);
                ask(now, "GET one task", "/tasks/" + fleet.someTask());
                if (i % LISTS_EVERY == 0) ask(now, "list of services", "/services");
                if (i % LISTS_EVERY == LISTS_EVERY / 2) ask(now, "list of one service's tasks", "/tasks?" + Api.filters("{\"service\":[\"" + service + "\"]}"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(String during, String what, String path) throws InterruptedException {
        long began = System.nanoTime();
        try {
            api.get(path);
        } catch (IOException e) {
            return; // it is gone by now, or the manager is
        }
        if (!during.equals(phase)) return;
        synchronized (millis) {
            millis.computeIfAbsent(what + ", " + during, _ -> new ArrayList<>()).add((System.nanoTime() - began) / 1e6);
        }
    }

    Map<String, List<Double>> millis() {
        synchronized (millis) {
            return new TreeMap<>(millis);
        }
    }
}
