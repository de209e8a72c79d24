package io.cardume.agent.loop;

import io.cardume.agent.files.GivenFile;
import io.cardume.api.BlobReference;
import io.cardume.api.Payload;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The bytes of secrets and configs that the assigned tasks need, in memory only; touched by the decision thread alone. */
final class Deliveries {
    private final SortedMap<String, Payload> bytes = new TreeMap<>();

    /** Takes what has come for tasks that are assigned next. */
    void take(List<Delivered> delivered) {
        delivered.forEach(one -> bytes.put(key(one.blob().value(), one.task()), one.data()));
    }

    /** Forgets what none of the tasks needs any more. */
    void keepFor(Collection<AssignedTask> tasks) {
        if (bytes.isEmpty()) return;
        var needed = new TreeSet<String>();
        for (AssignedTask task : tasks)
            for (BlobReference reference : task.needs()) {
                needed.add(key(reference.id().value(), Optional.empty()));
                needed.add(key(reference.id().value(), Optional.of(task.id())));
            }
        bytes.keySet().retainAll(needed);
    }

    /** The files of a task's container. */
    List<GivenFile> of(AssignedTask task) {
        return task.needs().stream().map(reference -> {
            var own = Optional.ofNullable(bytes.get(key(reference.id().value(), Optional.of(task.id()))));
            return new GivenFile(reference, own.or(() -> Optional.ofNullable(bytes.get(key(reference.id().value(), Optional.empty())))), own.isPresent());
        }).toList();
    }

    private static String key(String blob, Optional<TaskId> task) {
        return blob + task.map(id -> "/" + id).orElse("");
    }
}
