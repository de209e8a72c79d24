package io.cardume.manager.cluster;

import io.cardume.api.StackLabels;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The namespaces somebody keeps to, as the stack's label says them; what is of none of them is not there for that one.
 *
 * @param names the namespaces; empty = everything, whatever namespace it is of, or of none
 */
public record Spaces(SortedSet<String> names) {
    /** Everything. */
    public static final Spaces ALL = new Spaces(new TreeSet<>());

    public Spaces {
        names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }

    /** Whether it is everything. */
    public boolean isAll() {
        return names.isEmpty();
    }

    /** Whether a namespace is of them; "" is none. */
    public boolean has(String namespace) {
        return isAll() || names.contains(namespace);
    }

    public boolean sees(Service service) {
        return has(StackLabels.stack(service.spec().labels()));
    }

    public boolean sees(Blob blob) {
        return has(StackLabels.stack(blob.spec().labels()));
    }

    /** That for published ports is everybody's. */
    public boolean sees(Network network) {
        return network.ingress() || has(StackLabels.stack(network.spec().labels()));
    }

    /** A task is where its service is. */
    public boolean sees(ClusterState state, Task task) {
        return isAll() || state.service(task.service()).filter(this::sees).isPresent();
    }

    /**
     * Whose a name is: that of {@code shop_web} is {@code shop}, if there is such a namespace, and none of a longer name; empty if it is nobody's.
     *
     * @param known all namespaces there are
     */
    public static Optional<String> owner(SortedSet<String> known, String name) {
        return known.stream().filter(namespace -> name.startsWith(StackLabels.scoped(namespace, "")))
                .max(Comparator.comparingInt(String::length));
    }

    /** All namespaces there are: those of users and of objects, these too. */
    public SortedSet<String> known(ClusterState state) {
        var known = new TreeSet<>(names);
        state.users().values().forEach(user -> known.addAll(user.namespaces()));
        state.services().values().forEach(service -> known.add(StackLabels.stack(service.spec().labels())));
        state.networks().values().forEach(network -> known.add(StackLabels.stack(network.spec().labels())));
        state.blobs().values().forEach(blob -> known.add(StackLabels.stack(blob.spec().labels())));
        known.remove("");
        return known;
    }
}
