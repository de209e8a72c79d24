package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a user declares a secret or a config to be (Engine API: SecretSpec, ConfigSpec).
 *
 * @param name unique among the blobs of its kind
 * @param labels its labels; {@link #NAME} says that it is a version of something
 * @param data its bytes; {@link Payload#NONE} where they are not shown
 * @param templating the language its bytes are a template in: {@code golang}; absent = they are no template
 */
public record BlobSpec(
        @JsonProperty("Name") String name,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("Data") Payload data,
        @JsonProperty("Templating") Optional<Driver> templating) {
    /** The label with the name that its versions have in common, for services that follow it. */
    public static final String NAME = "cardume.name";

    public BlobSpec {
        name = Copies.text(name);
        labels = Copies.labels(labels);
        data = data == null ? Payload.NONE : data;
        templating = Copies.optional(templating);
    }

    /** The same without its bytes. */
    public BlobSpec hidden() {
        return new BlobSpec(name, labels, Payload.NONE, templating);
    }

    /** The same with other labels. */
    public BlobSpec labels(SortedMap<String, String> other) {
        return new BlobSpec(name, other, data, templating);
    }

    /** Whether its bytes are a template. */
    public boolean templated() {
        return templating.isPresent();
    }

    /** What it is a version of: its label says so, or it is the only one of its own name. */
    public String family() {
        return labels.getOrDefault(NAME, name);
    }
}
