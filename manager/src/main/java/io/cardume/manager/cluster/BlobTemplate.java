package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.BlobSpecs;
import io.cardume.api.ContainerSpec;
import io.cardume.api.Payload;
import io.cardume.api.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A secret or config whose bytes are a template: they are filled in for each task that has it as a file. */
public final class BlobTemplate {
    /** Characters it may have when it is filled in: a short text may ask for a long one many times. */
    static final int LONGEST = 4 << 20;

    private final Template template;

    private BlobTemplate(Template template) {
        this.template = template;
    }

    /** The template a blob is; empty if it is none. */
    public static Optional<BlobTemplate> of(Blob blob) {
        if (!blob.spec().templated()) return Optional.empty();
        try {
            return Optional.of(new BlobTemplate(BlobSpecs.template(blob.spec().data())));
        } catch (Template.Malformed e) {
            throw new IllegalStateException("it was refused at the door", e);
        }
    }

    /** Which files it asks for that a container does not have: {@code secret "x"} each, in words. */
    public List<String> missing(ContainerSpec container) {
        var missing = new ArrayList<String>();
        for (BlobKind kind : BlobKind.values())
            for (String target : template.arguments(kind.word()))
                if (file(container, kind, target).isEmpty()) missing.add(kind.word() + " \"" + target + "\"");
        return missing;
    }

    /**
     * The bytes for one task; empty if they would be too many. What it asks for and is not there is empty text.
     *
     * @param container the task's container, its own placeholders filled in
     * @param bytes the bytes of other secrets and configs, which are taken as they are
     */
    public Optional<Payload> filled(Template.Context context, ContainerSpec container, Function<BlobId, Optional<Payload>> bytes) {
        return template.expand(context, (function, argument) -> switch (function) {
            case BlobSpecs.ENV -> variable(container, argument);
            case String word -> file(container, kind(word), argument)
                    .flatMap(reference -> bytes.apply(reference.id())).map(BlobSpecs::text).orElse("");
        }, LONGEST).map(BlobSpecs::payload);
    }

    private static BlobKind kind(String word) {
        for (BlobKind kind : BlobKind.values()) if (kind.word().equals(word)) return kind;
        throw new IllegalArgumentException("no template may ask for " + word);
    }

    private static Optional<BlobReference> file(ContainerSpec container, BlobKind kind, String target) {
        return BlobReference.of(container).stream()
                .filter(reference -> reference.kind() == kind)
                .filter(reference -> reference.file().name().equals(target) || reference.target().equals(target))
                .findFirst();
    }

    private static String variable(ContainerSpec container, String name) {
        return container.env().stream().filter(variable -> variable.startsWith(name + "="))
                .map(variable -> variable.substring(name.length() + 1)).findFirst().orElse("");
    }
}
