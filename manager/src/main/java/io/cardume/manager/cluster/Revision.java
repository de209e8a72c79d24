package io.cardume.manager.cluster;

import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.ProbeLabels;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One of the forms a service had: what its tasks are made of, and all else that is needed to go back to it.
 *
 * @param spec the service's spec when this was last its revision
 * @param createdAt when it was first asked for
 * @param restored the number of the revision it brought back, if it came by a rollback
 * @param proven whether all tasks were replaced by those of it, with no more failures than the caller tolerates; the first
 *     one is taken for good
 * @param failure what went wrong first while it was rolled out
 */
public record Revision(
        ServiceSpec spec, Instant createdAt, Optional<Long> restored, boolean proven, Optional<Failure> failure) {
    /**
     * A task of a new revision that ended early.
     *
     * @param task the task
     * @param node where it was, if anywhere
     * @param host that node's host name, or its id if the node is gone; "" if there is none
     * @param at when it ended
     * @param words the engine's, verbatim
     */
    public record Failure(TaskId task, Optional<NodeId> node, String host, Instant at, String words) {
        /** In words. */
        public String sentence() {
            return "task " + task + (host.isEmpty() ? "" : " on " + host) + (words.isEmpty() ? "" : ": " + words);
        }
    }

    /** The revision a spec asks for. */
    public static Revision of(ServiceSpec spec, Instant now, Optional<Long> restored) {
        return new Revision(spec, now, restored, false, Optional.empty());
    }

    /** The task template. */
    public TaskSpec template() {
        return spec.taskTemplate();
    }

    /** The ports published on the hosts that run a task. */
    public List<PortConfig> hostPorts() {
        return spec.hostPorts();
    }

    /** Whether a spec asks for just these tasks; how many aside. */
    public boolean isAskedBy(ServiceSpec other) {
        return template().equals(other.taskTemplate()) && spec.ports().equals(other.ports()) && isReachedAs(other);
    }

    /** Whether a task of it need not restart to become one of the other: at most the placement differs, or what every node answers on. */
    public boolean runsAs(Revision other) {
        return template().containerSpec().equals(other.template().containerSpec()) && hostPorts().equals(other.hostPorts()) && isReachedAs(other.spec)
                && template().with(Optional.empty()).equals(other.template().with(Optional.empty()));
    }

    private boolean isReachedAs(ServiceSpec other) {
        return spec.onIngress() == other.onIngress() && spec.hasVirtualAddresses() == other.hasVirtualAddresses();
    }

    /** Whether a task of it has to pass a check before it takes requests; a check that its image brings is not known of. */
    public boolean isChecked() {
        return ProbeLabels.gateStart(spec.labels()) || ProbeLabels.gateRequests(spec.labels())
                || template().containerSpec().healthcheck().filter(check -> check.test().size() > 1).isPresent();
    }

    /** Whether its tasks are on a network by their template. */
    public boolean isOn(NetworkId network) {
        return template().networks().stream().anyMatch(attachment -> attachment.target().equals(network.value()));
    }

    /** Whether its tasks are on networks that span the hosts. */
    public boolean spansHosts() {
        return spec.onIngress() || !named().isEmpty();
    }

    /** The networks that span the hosts which its template names. */
    List<NetworkId> named() {
        if (template().networks().isEmpty()) return List.of();
        return template().networks().stream().map(NetworkAttachment::target)
                .filter(target -> PredefinedNetwork.of(target).isEmpty()).map(NetworkId::new).toList();
    }

    /** With another spec that asks for the same tasks. */
    Revision respecified(ServiceSpec next) {
        return new Revision(next, createdAt, restored, proven, failure);
    }

    /** As one that is good. */
    Revision found() {
        return new Revision(spec, createdAt, restored, true, failure);
    }

    /** With what went wrong; the first failure stays. */
    Revision failing(Failure first) {
        return failure.isPresent() ? this : new Revision(spec, createdAt, restored, proven, Optional.of(first));
    }
}
