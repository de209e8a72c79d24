package io.cardume.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.HostPower;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What deployers may ask of hosts. */
@Command(
        name = "policy",
        description = {
            "Shows, or says, what deployers may ask of hosts beyond their own containers; of itself, nothing.",
            "It asks the manager on this host."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PolicyCommand implements Callable<Integer> {
    @Mixin
    private ManagerHere manager;

    @Option(
            names = "--allow",
            paramLabel = "POWERS",
            description = {
                "What they may from now on, instead of what they may now: some of bind, volume-driver, capabilities, host-network,",
                "sysctls, confinement, log-driver, oom-score, subnet, privileged-exec, with commas; all; or an empty text for nothing.",
                "CARDUME_ALLOW, default none: show what they may"
            })
    private Optional<String> allow;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var swarm = manager.ask("GET", "/swarm", "");
        if (allow.isEmpty()) {
            spec.commandLine().getOut().println(swarm.path("Spec").path("Labels").path(HostPower.POLICY).asText());
            return 0;
        }
        ObjectNode wanted = swarm.path("Spec").deepCopy();
        var labels = wanted.withObjectProperty("Labels");
        if (allow.get().isBlank()) labels.remove(HostPower.POLICY);
        else labels.put(HostPower.POLICY, allow.get().strip());
        manager.ask("POST", "/swarm/update?version=" + swarm.path("Version").path("Index").asText(), wanted.toString());
        return 0;
    }
}
