package io.cardume.cli;

import io.cardume.manager.Manager;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a manager until it is signalled. */
@Command(
        name = "manager",
        description = {
            "Runs a manager: serves the API and tells agents what to run.",
            "It needs no Docker engine. SIGTERM stops it; agents keep their containers running meanwhile."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ManagerCommand implements Callable<Integer> {
    @Mixin
    private ManagerOptions manager;

    @Option(
            names = "--advertise-addr",
            paramLabel = "ADDR",
            description = {
                "The address agents reach this host at, as \"docker swarm join-token\" prints it.",
                "CARDUME_ADVERTISE_ADDR, default that of the interface with the default route"
            })
    private Optional<String> advertise;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/cardume/manager",
            description = {
                "Where the cluster's state is kept; made if missing. It holds the join token: keep it private.",
                "CARDUME_DATA_DIR, default /var/lib/cardume/manager"
            })
    private Path dataDir;

    @Override
    public Integer call() throws Exception {
        var settings = manager.settings(advertise, dataDir, Optional.empty());
        try (var lifetime = new Lifetime()) {
            var running = lifetime.add(Manager.start(settings));
            ManagerOptions.tellWhereItListens(running);
            if (running.hasLeft()) running.leftIsKnown();
            lifetime.await(List.of(running.failure()));
        }
        return 0;
    }
}
