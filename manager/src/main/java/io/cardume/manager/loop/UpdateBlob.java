package io.cardume.manager.loop;

import io.cardume.api.BlobId;
import io.cardume.api.BlobSpec;
import io.cardume.api.Payload;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Draft;

/**
 * Other labels for a secret or config; nothing else of it can change.
 *
 * @param version the version the caller has seen
 * @param spec the new spec, whole; its bytes may be left out
 */
public record UpdateBlob(BlobId id, long version, BlobSpec spec) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var blob = draft.state().blob(id).orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, id + " not found"));
        if (blob.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        if (!onlyLabelsDiffer(blob))
            throw new Refusal(Refusal.Kind.INVALID,
                    "rpc error: code = InvalidArgument desc = only updates to Labels are allowed; create another " + blob.kind().word()
                            + " instead, with label " + BlobSpec.NAME + " if services are to follow it");
        if (!spec.family().equals(blob.spec().family()))
            throw new Refusal(Refusal.Kind.INVALID, "Labels[\"" + BlobSpec.NAME + "\"]: it is said when the " + blob.kind().word()
                    + " is created and stays; here it is \"" + blob.spec().family() + "\"");
        draft.put(blob.labels(spec.labels()));
        return null;
    }

    private boolean onlyLabelsDiffer(Blob blob) {
        return spec.name().equals(blob.name())
                && (spec.data().equals(Payload.NONE) || spec.data().equals(blob.spec().data()))
                && (spec.templating().isEmpty() || spec.templating().equals(blob.spec().templating()));
    }
}
