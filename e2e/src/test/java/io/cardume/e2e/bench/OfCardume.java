package io.cardume.e2e.bench;

import io.cardume.e2e.Await;
import io.cardume.e2e.Cli;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Host;
import io.cardume.e2e.UnixHttp;
import java.time.Duration;

/** Cardume: a manager on the host without an engine, an agent on every other. */
final class OfCardume extends Subject {
    private final Cluster cluster;

    OfCardume(Cluster cluster) {
        super("cardume");
        this.cluster = cluster;
    }

    @Override
    Cli cli() {
        return cluster.localCli();
    }

    @Override
    UnixHttp api() {
        return new UnixHttp(cluster.api().socket(), Duration.ofSeconds(60));
    }

    @Override
    void begin() {
        cluster.startManager();
        cluster.fleet().hosts().forEach(cluster::startAgent);
        awaitReady();
    }

    @Override
    void revive(Host host) {
        if (!cluster.agent(host).alive()) cluster.startAgent(host);
        awaitReady();
    }

    @Override
    void awaitReady() {
        Await.until("all nodes of Cardume are ready", Ground.LIMIT, cluster::nodes, nodes -> cluster.fleet().hosts().stream()
                .allMatch(host -> nodes.getOrDefault(host.name(), "unknown").equals("ready")));
    }

    @Override
    void killManager() {
        cluster.killManager();
    }

    @Override
    void launchManager() {
        cluster.launchManager();
    }

    @Override
    void ensureManager() {
        if (!cluster.manager().alive()) cluster.startManager();
    }

    @Override
    long managerProcess() {
        return cluster.manager().pid();
    }

    @Override
    long workerProcess(Host host) {
        return cluster.agent(host).pid();
    }
}
