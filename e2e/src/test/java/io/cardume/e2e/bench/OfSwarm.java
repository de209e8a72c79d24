package io.cardume.e2e.bench;

import io.cardume.e2e.Await;
import io.cardume.e2e.Cli;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.Host;
import io.cardume.e2e.UnixHttp;
import java.time.Duration;

/** Docker's swarm mode: the engine of host 1 is the manager and a worker, those of the others are workers. */
final class OfSwarm extends Subject {
    private final Fleet fleet;
    private final Cli cli;

    OfSwarm(Fleet fleet) {
        super("swarm");
        this.fleet = fleet;
        this.cli = Cli.all("unix://" + fleet.host(1).socket()).getLast();
    }

    @Override
    Cli cli() {
        return cli;
    }

    @Override
    UnixHttp api() {
        return new UnixHttp(fleet.host(1).socket(), Duration.ofSeconds(60));
    }

    @Override
    void begin() {
        cli.run("swarm", "init", "--advertise-addr", fleet.host(1).address()).ok();
        var token = cli.run("swarm", "join-token", "-q", "worker").ok().line();
        fleet.hosts().stream().skip(1).forEach(host -> cli.at("unix://" + host.socket())
                .run("swarm", "join", "--token", token, fleet.host(1).address() + ":2377").ok());
        awaitReady();
    }

    @Override
    void revive(Host host) {
        awaitReady();
    }

    @Override
    void awaitReady() {
        Await.until("all nodes of swarm mode are ready", Ground.LIMIT, () -> api().get("/v1.41/nodes"), nodes -> nodes.size() == fleet.hosts().size()
                && Cluster.stream(nodes).allMatch(node -> node.path("Status").path("State").asText().equals("ready")));
    }

    @Override
    void killManager() {
        fleet.host(1).killEngine();
    }

    @Override
    void launchManager() {
        fleet.host(1).launchEngine();
    }

    @Override
    void ensureManager() {
        fleet.host(1).startEngine();
    }

    @Override
    long managerProcess() {
        return fleet.host(1).engineProcess();
    }

    @Override
    long workerProcess(Host host) {
        return host.engineProcess();
    }
}
