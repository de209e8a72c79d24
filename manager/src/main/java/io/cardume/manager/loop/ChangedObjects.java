package io.cardume.manager.loop;

import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a change is about, for whoever reads later who changed it. */
final class ChangedObjects {
    private ChangedObjects() {}

    /** The objects in words, and what of the cluster; nothing for what no user asks for. */
    static List<String> by(ClusterState before, Change change) {
        return switch (change) {
            case Change.ClusterPut(var cluster) -> cluster(before.cluster(), cluster);
            case Change.AuthorityPut(var authority) -> authority(before.authority(), authority);
            default -> object(before, change).stream().toList();
        };
    }

    private static List<String> cluster(Optional<Cluster> before, Cluster cluster) {
        var words = new ArrayList<String>();
        words.add("cluster (" + cluster.id() + ")");
        if (before.isEmpty()) return words;
        var old = before.get();
        if (!old.workerToken().equals(cluster.workerToken())) words.add("another join token for workers");
        if (!old.managerToken().equals(cluster.managerToken())) words.add("another join token for managers");
        if (!old.labels().equals(cluster.labels())) words.add("the labels of the cluster");
        if (old.taskHistoryLimit() != cluster.taskHistoryLimit()) words.add("how many tasks are remembered");
        return words;
    }

    private static List<String> authority(Optional<Authority> before, Authority authority) {
        var words = new ArrayList<String>();
        if (before.isEmpty() || !before.get().issuer().equals(authority.issuer())) words.add("root " + authority.issuer().digest());
        if (before.isPresent() && before.get().next().isEmpty() && authority.next().isPresent()) words.add("the root is rotated to it");
        if (before.isPresent() && !before.get().nodeLife().equals(authority.nodeLife())) words.add("how long certificates are valid");
        return words;
    }

    private static Optional<String> object(ClusterState before, Change change) {
        return switch (change) {
            case Change.ClusterPut(_), Change.AuthorityPut(_) -> Optional.empty();
            case Change.ClusterEnded(var id) -> Optional.of("cluster (" + id + ")");
            case Change.ServicePut(var service) -> Optional.of(of(service));
            case Change.ServiceRemoved(var id) -> before.service(id).map(ChangedObjects::of);
            case Change.MovesAsked(var id, _) -> before.service(id).map(ChangedObjects::of);
            case Change.LoginPut(_, _) -> Optional.empty();
            case Change.BlobPut(var blob) -> Optional.of(of(blob));
            case Change.BlobRemoved(var id) -> before.blob(id).map(ChangedObjects::of);
            case Change.UserPut(var user) -> Optional.of("user " + user.name());
            case Change.UserRemoved(var name) -> Optional.of("user " + name);
            case Change.NetworkPut(var network) -> Optional.of(of(network));
            case Change.NetworkRemoved(var id) -> before.network(id).map(ChangedObjects::of);
            case Change.NodePut(var node) -> Optional.of(of(node));
            case Change.NodeRemoved(var id) -> before.node(id).map(ChangedObjects::of);
            case Change.MovesEnded(_), Change.TaskPut(_), Change.TaskRemoved(_), Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _), Change.AddressesPut(_), Change.EndpointPut(_), Change.HostAddressesPut(_),
                    Change.PortTroublesPut(_), Change.NodeHeard(_, _), Change.NodeBalanced(_, _), Change.NodeFenced(_, _) -> Optional.empty();
        };
    }

    private static String of(Service service) {
        return "service " + service.name() + " (" + service.id() + ")";
    }

    private static String of(Blob blob) {
        return blob.kind().word() + " " + blob.name() + " (" + blob.id() + ")";
    }

    private static String of(Network network) {
        return "network " + network.name() + " (" + network.id() + ")";
    }

    private static String of(Node node) {
        return "node " + node.description().hostname() + " (" + node.id() + ")";
    }
}
