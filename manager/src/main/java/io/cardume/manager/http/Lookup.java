package io.cardume.manager.http;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.NoCluster;
import java.util.List;

/**
 * Finds what a path names: full id, then exact name, then the beginning of exactly one id. What is not in the caller's namespaces is not
 * there, whoever guesses its name.
 */
final class Lookup {
    private Lookup() {}

    static Cluster cluster(ClusterState state) {
        return state.cluster().orElseThrow(() -> new ApiException(503, NoCluster.MESSAGE));
    }

    /** The services that are there for users, by id. */
    static List<Service> services(Spaces spaces, ClusterState state) {
        return state.services().values().stream().filter(service -> !service.removed() && spaces.sees(service)).toList();
    }

    static Service service(Spaces spaces, ClusterState state, String name) {
        cluster(state);
        return state.service(new ServiceId(name)).filter(service -> !service.removed())
                .or(() -> state.serviceNamed(name)).filter(spaces::sees)
                .orElseGet(() -> only("service", name,
                        services(spaces, state).stream().filter(service -> service.id().value().startsWith(name)).toList()));
    }

    /** The networks that span the hosts and are there for users, by id. */
    static List<Network> networks(Spaces spaces, ClusterState state) {
        return state.networks().values().stream().filter(network -> !network.removed() && spaces.sees(network)).toList();
    }

    static Network network(Spaces spaces, ClusterState state, String name) {
        cluster(state);
        return state.network(new NetworkId(name)).filter(network -> !network.removed())
                .or(() -> state.networkNamed(name)).filter(spaces::sees)
                .orElseGet(() -> only("network", name,
                        networks(spaces, state).stream().filter(network -> network.id().value().startsWith(name)).toList()));
    }

    static Node node(ClusterState state, String name) {
        cluster(state);
        var exact = state.node(new NodeId(name));
        if (exact.isPresent()) return exact.get();
        var named = state.nodes().values().stream().filter(node -> node.description().hostname().equals(name)).toList();
        return only("node", name, named.isEmpty()
                ? state.nodes().values().stream().filter(node -> node.id().value().startsWith(name)).toList()
                : named);
    }

    static Task task(Spaces spaces, ClusterState state, String name) {
        cluster(state);
        return state.task(new TaskId(name)).filter(task -> spaces.sees(state, task)).orElseGet(() -> only("task", name,
                state.tasks().values().stream()
                        .filter(task -> (task.id().value().startsWith(name) || fullName(state, task).equals(name)) && spaces.sees(state, task)).toList()));
    }

    /** All secrets, or all configs, by id. */
    static List<Blob> blobs(Spaces spaces, ClusterState state, BlobKind kind) {
        return state.blobs().values().stream().filter(blob -> blob.kind() == kind && spaces.sees(blob)).toList();
    }

    static Blob blob(Spaces spaces, ClusterState state, BlobKind kind, String name) {
        cluster(state);
        return state.blob(new BlobId(name)).filter(blob -> blob.kind() == kind)
                .or(() -> state.blobNamed(kind, name)).filter(spaces::sees)
                .orElseGet(() -> only(kind.word(), name,
                        blobs(spaces, state, kind).stream().filter(blob -> blob.id().value().startsWith(name)).toList()));
    }

    private static <T> T only(String kind, String name, List<T> found) {
        if (found.isEmpty()) throw new ApiException(404, kind + " " + name + " not found");
        if (found.size() > 1) throw new ApiException(400, kind + " " + name + " is ambiguous (" + found.size() + " matches found)");
        return found.getFirst();
    }

    /** {@code service.slot.id}, as the container is called. */
    static String fullName(ClusterState state, Task task) {
        return name(state, task) + "." + task.id();
    }

    /** {@code service.slot}, or {@code service.node} where there is no slot. */
    static String name(ClusterState state, Task task) {
        return state.service(task.service()).map(service -> service.name() + "." + service.slotName(task))
                .orElseGet(() -> task.service() + "." + task.slot());
    }
}
