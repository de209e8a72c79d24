package io.cardume.manager.link;

import io.cardume.api.BlobId;
import io.cardume.api.BlobReference;
import io.cardume.api.Payload;
import io.cardume.api.TaskId;
import io.cardume.api.Template;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.BlobTemplate;
import io.cardume.manager.cluster.ClusterState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** The bytes that the tasks of a node need. Templates are filled in only when they are told, unless they get too long. */
public final class Deliveries {
    /** A message of so many bytes takes no more; the last that it took may be larger by itself. */
    static final int FULL = 1 << 20;

    /** What the bytes are: a blob's own, or those of a template for one task. */
    private record Key(BlobId blob, Optional<TaskId> task) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::blob).thenComparing(key -> key.task().map(TaskId::value).orElse(""));

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private final SortedMap<Key, Supplier<Optional<Payload>>> all = new TreeMap<>();

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
            } else all.put(new Key(reference.id(), Optional.empty()), () -> Optional.of(blob.get().spec().data()));
        }
    }

    /** Only what the task refers to, so that no whole state is kept alive by it. */
    private static Function<BlobId, Optional<Payload>> bytes(ClusterState state, List<BlobReference> references) {
        var known = new TreeMap<BlobId, Payload>();
        references.forEach(reference -> state.blob(reference.id()).map(Blob::spec).ifPresent(spec -> known.put(reference.id(), spec.data())));
        return id -> Optional.ofNullable(known.get(id));
    }

    /** All of it. */
    Iterator<ToAgent.Delivery> whole() {
        return since(new Deliveries());
    }

    /** What was not among those before, in messages that are made when they are asked for: all at once might be too much. */
    Iterator<ToAgent.Delivery> since(Deliveries before) {
        var left = all.keySet().stream().filter(key -> !before.all.containsKey(key)).iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return left.hasNext();
            }

            @Override
            public ToAgent.Delivery next() {
                var delivered = new ArrayList<Delivered>();
                for (int size = 0; left.hasNext() && size < FULL; ) {
                    var key = left.next();
                    var bytes = all.get(key).get();
                    bytes.ifPresent(data -> delivered.add(new Delivered(key.blob(), key.task(), data)));
                    size += bytes.map(Payload::size).orElse(0);
                }
                return new ToAgent.Delivery(delivered);
            }
        };
    }
}
