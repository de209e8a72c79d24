package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.StackLabels;
import java.time.Instant;
import java.util.Comparator;
import java.util.SortedMap;

/**
 * A secret or a config: bytes with a name, which services give to their containers as files. Its bytes never change; a
 * new version is another blob.
 *
 * @param id its id
 * @param kind which of the two
 * @param version the transaction that last changed it
 * @param born the transaction that created it
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as declared
 */
public record Blob(BlobId id, BlobKind kind, long version, long born, Instant createdAt, Instant updatedAt, BlobSpec spec) {
    /** Of two versions of one thing, the later one is the greater. */
    public static final Comparator<Blob> OLDEST_FIRST = Comparator.comparingLong(Blob::born).thenComparing(Blob::name);

    /** A new one. */
    public static Blob of(BlobId id, BlobKind kind, BlobSpec spec, Instant now) {
        return new Blob(id, kind, 0, 0, now, now, spec);
    }

    /** As changed by a transaction. */
    public Blob changed(long version, Instant now) {
        return new Blob(id, kind, version, born == 0 ? version : born, createdAt, now, spec);
    }

    /** With other labels. */
    public Blob labels(SortedMap<String, String> labels) {
        return new Blob(id, kind, version, born, createdAt, updatedAt, spec.labels(labels));
    }

    /** Its name. */
    public String name() {
        return spec.name();
    }

    /** Whether it is a version of the same thing as another: of the same name in the same namespace. */
    public boolean isOfFamily(Blob other) {
        return kind == other.kind && StackLabels.stack(spec.labels()).equals(StackLabels.stack(other.spec.labels())) && spec.family().equals(other.spec.family());
    }
}
