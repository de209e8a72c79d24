package io.cardume.manager.loop;

import io.cardume.api.BlobId;
import io.cardume.api.StackLabels;
import io.cardume.manager.cluster.BlobUse;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import java.util.stream.Collectors;

/** No such secret or config any more; refused while a service uses it. */
public record RemoveBlob(BlobId id) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var blob = draft.state().blob(id).orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, id + " not found"));
        var users = BlobUse.of(draft.state(), id);
        if (!users.isEmpty()) {
            var words = "rpc error: code = InvalidArgument desc = " + blob.kind().word() + " '" + blob.name() + "' is in use by ";
            throw Refusal.telling(Refusal.Kind.INVALID, words + "the following service" + (users.size() == 1 ? "" : "s") + ": "
                            + users.stream().map(use -> use.service().name()).collect(Collectors.joining(", ")),
                    users.stream().map(use -> StackLabels.stack(use.service().spec().labels())).collect(Collectors.toSet()), words + "services of other namespaces too");
        }
        draft.add(new Change.BlobRemoved(id));
        return null;
    }
}
