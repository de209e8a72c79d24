package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.NetworkId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import java.util.List;
import java.util.Optional;

/**
 * What of a service's spec its tasks are made of: a change of it replaces them.
 *
 * @param template the task template
 * @param ports the published ports
 */
public record Revision(TaskSpec template, List<PortConfig> ports) {
    public Revision {
        ports = Copies.list(ports);
    }

    /** Whether a task of it need not restart to become one of the other: at most the placement differs. */
    public boolean runsAs(Revision other) {
        return ports.equals(other.ports) && template.with(Optional.empty()).equals(other.template.with(Optional.empty()));
    }

    /** Whether its tasks are on a network. */
    public boolean isOn(NetworkId network) {
        return template.networks().stream().anyMatch(attachment -> attachment.target().equals(network.value()));
    }

    /** The revision a spec asks for. */
    public static Revision of(ServiceSpec spec) {
        return new Revision(spec.taskTemplate(), spec.ports());
    }
}
