package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/** Secrets and configs as they come over the wire: read and checked. */
public final class BlobSpecs {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?");
    private static final String GOLANG = "golang";
    /** The function of a template that gives a variable of the container's environment. */
    public static final String ENV = "env";
    private static final List<String> FUNCTIONS = List.of(ENV, BlobKind.SECRET.word(), BlobKind.CONFIG.word());
    static final String NAMES = "1 to 64 characters a-z, A-Z, 0-9, -, _ and ., first and last a letter or digit";

    private BlobSpecs() {}

    /** The body as it comes; nothing in it is shown when something is wrong with another part. */
    private record Body(
            @JsonProperty("Name") String name,
            @JsonProperty("Labels") SortedMap<String, String> labels,
            @JsonProperty("Data") Optional<String> data,
            @JsonProperty("Driver") Optional<Driver> driver,
            @JsonProperty("Templating") Optional<Driver> templating) {}

    /** What a new secret or config is to be. */
    public static Reading<BlobSpec> create(BlobKind kind, byte[] body) {
        return read(kind, body, true);
    }

    /** What a secret or config that is there is to be; it may leave its bytes out. */
    public static Reading<BlobSpec> update(BlobKind kind, byte[] body) {
        return read(kind, body, false);
    }

    private static Reading<BlobSpec> read(BlobKind kind, byte[] bytes, boolean create) {
        return switch (WireReader.tree(bytes)) {
            case Reading.Invalid<JsonNode>(var problems) -> new Reading.Invalid<>(problems);
            case Reading.Valid<JsonNode>(var tree) -> switch (WireReader.read(tree, Body.class, false, _ -> true)) {
                case Reading.Invalid<Body>(var problems) -> new Reading.Invalid<>(problems);
                case Reading.Valid<Body>(var body) -> checked(kind, body, create);
            };
        };
    }

    private static Reading<BlobSpec> checked(BlobKind kind, Body body, boolean create) {
        var problems = new ArrayList<SpecProblem>();
        var name = Copies.text(body.name());
        if (!isName(name))
            problems.add(SpecProblem.wrong("Name", "\"" + WireReader.shown(name) + "\" is not allowed; it is " + NAMES
                    + (name.isEmpty() ? ": name must be provided" : ": invalid name")));
        var labels = Copies.labels(body.labels());
        labels.forEach((label, value) -> label(label, value, problems));
        driver(kind, Copies.optional(body.driver()), problems);
        var templating = Copies.optional(body.templating()).filter(said -> !said.name().isEmpty());
        templating.filter(said -> !said.name().equals(GOLANG)).ifPresent(said -> problems.add(SpecProblem.wrong(
                "Templating.Name", "\"" + WireReader.shown(said.name()) + "\" is not allowed; it is " + GOLANG)));
        var data = data(kind, Copies.optional(body.data()), create, problems);
        if (templating.isPresent()) template(kind, data, problems);
        return problems.isEmpty() ? new Reading.Valid<>(new BlobSpec(name, labels, data, templating)) : new Reading.Invalid<>(problems);
    }

    /** The template that bytes are, with the functions that secrets and configs have beside the placeholders of a container. */
    public static Template template(Payload data) throws Template.Malformed {
        return Template.of(text(data), FUNCTIONS);
    }

    /** Bytes as text. */
    public static String text(Payload data) {
        return new String(data.bytes(), StandardCharsets.UTF_8);
    }

    /** Text as bytes. */
    public static Payload payload(String text) {
        return Payload.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void template(BlobKind kind, Payload data, List<SpecProblem> problems) {
        if (!payload(text(data)).equals(data)) {
            problems.add(SpecProblem.wrong("Data", "it is no text in UTF-8, and so no template; leave Templating out"));
            return;
        }
        try {
            template(data);
        } catch (Template.Malformed e) {
            var words = e.getMessage();
            boolean shown = kind != BlobKind.SECRET;
            problems.add(SpecProblem.wrong("Data", shown ? words : "a placeholder in it is not known; " + words.substring(words.lastIndexOf("placeholders are "))));
        }
    }

    /** Whether a secret or config may have this name. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static void label(String label, String value, List<SpecProblem> problems) {
        if (!label.startsWith(ServiceLabels.PREFIX)) return;
        var field = "Labels[\"" + WireReader.shown(label) + "\"]";
        if (!label.equals(BlobSpec.NAME))
            problems.add(SpecProblem.wrong(field, "there is no such label; the one under " + ServiceLabels.PREFIX + " is " + BlobSpec.NAME));
        else if (!isName(value))
            problems.add(SpecProblem.wrong(field, "\"" + WireReader.shown(value) + "\" is not allowed; it is " + NAMES));
    }

    private static void driver(BlobKind kind, Optional<Driver> driver, List<SpecProblem> problems) {
        driver.filter(said -> !said.equals(new Driver("", null))).ifPresent(said -> problems.add(
                kind == BlobKind.SECRET
                        ? new SpecProblem(true, "Driver", "\"" + WireReader.shown(said.name())
                                + "\" is not built yet; leave it out and give the secret's bytes as Data")
                        : SpecProblem.wrong("Driver", "a config has none")));
    }

    private static Payload data(BlobKind kind, Optional<String> text, boolean create, List<SpecProblem> problems) {
        var payload = Payload.NONE;
        try {
            payload = text.map(Payload::ofBase64).orElse(Payload.NONE);
        } catch (IllegalArgumentException e) {
            problems.add(SpecProblem.wrong("Data", e.getMessage()));
            return payload;
        }
        boolean missing = create && payload.size() == 0;
        if (missing || payload.size() >= kind.sizeLimit())
            problems.add(SpecProblem.wrong("Data", "it has " + payload.size() + " bytes; " + kind.word()
                    + " data must be larger than 0 and less than " + kind.sizeLimit() + " bytes"));
        return payload;
    }
}
