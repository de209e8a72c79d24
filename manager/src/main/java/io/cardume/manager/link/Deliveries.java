package io.cardume.manager.link;

import io.cardume.api.BlobId;
import io.cardume.api.BlobReference;
import io.cardume.api.Payload;
import io.cardume.api.TaskId;
import io.cardume.api.Template;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.BlobTemplate;
import io.cardume.manager.cluster.ClusterState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** The bytes that the tasks of a node need. Templates are filled in only when they are told. */
public final class Deliveries {
    /** What the bytes are: a blob's own, or those of a template for one task. */
    private record Key(BlobId blob, Optional<TaskId> task) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::blob).thenComparing(key -> key.task().map(TaskId::value).orElse(""));

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private final SortedMap<Key, Supplier<Payload>> all = new TreeMap<>();

    /** Adds what a task needs; a blob that is no more is left out. */
    void add(ClusterState state, AssignedTask task, Template.Context context) {
        var references = task.needs();
        for (BlobReference reference : references) {
            var blob = state.blob(reference.id());
            if (blob.isEmpty()) continue;
            if (blob.get().spec().templated()) {
                var bytes = bytes(state, references);
                all.put(new Key(reference.id(), Optional.of(task.id())),
                        () -> BlobTemplate.of(blob.get()).orElseThrow().filled(context, task.spec().containerSpec(), bytes));
            } else all.put(new Key(reference.id(), Optional.empty()), blob.get().spec()::data);
        }
    }

    /** Only what the task refers to, so that no whole state is kept alive by it. */
    private static Function<BlobId, Optional<Payload>> bytes(ClusterState state, List<BlobReference> references) {
        var known = new TreeMap<BlobId, Payload>();
        references.forEach(reference -> state.blob(reference.id()).map(Blob::spec).ifPresent(spec -> known.put(reference.id(), spec.data())));
        return id -> Optional.ofNullable(known.get(id));
    }

    /** All of it. */
    List<Delivered> whole() {
        return since(new Deliveries());
    }

    /** What was not among those before. */
    List<Delivered> since(Deliveries before) {
        var news = new ArrayList<Delivered>();
        all.forEach((key, bytes) -> {
            if (!before.all.containsKey(key)) news.add(new Delivered(key.blob(), key.task(), bytes.get()));
        });
        return news;
    }
}
