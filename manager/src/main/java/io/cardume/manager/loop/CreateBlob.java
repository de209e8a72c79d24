package io.cardume.manager.loop;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Following;

/** A new secret or config. Services that follow its name are updated to it in the same transaction. */
public record CreateBlob(BlobKind kind, BlobSpec spec) implements Command<BlobId> {
    @Override
    public BlobId apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        if (draft.state().blobNamed(kind, spec.name()).isPresent())
            throw new Refusal(Refusal.Kind.CONFLICT,
                    "rpc error: code = AlreadyExists desc = " + kind.word() + " " + spec.name() + " already exists");
        var id = draft.newBlobId();
        draft.put(Blob.of(id, kind, spec, draft.now()));
        var version = draft.state().blob(id).orElseThrow();
        for (Following.Moved moved : Following.to(draft.state(), version)) {
            References.templatesOrRefuse(draft.state(), moved.spec());
            draft.put(moved.service().updated(moved.spec(), draft.now()));
        }
        return id;
    }
}
