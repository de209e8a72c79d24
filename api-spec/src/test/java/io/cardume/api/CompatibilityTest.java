package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Holds docs/compatibility.md to the Engine API's contract and to the running readers: each field of the contract is sent by
 * itself, and what the reader says of it stands in the table. {@code -Dcompatibility.write=true} writes the table anew.
 */
class CompatibilityTest {
    private static final Path TABLE = Path.of("..", "docs", "compatibility.md");
    private static final String HEAD = """
            # What of the Engine API is honoured

            Every field of what clients declare by the Docker Engine API, version 1.56, newer fields than those of the API this
            project speaks (1.44) included. *Honoured*: it does what it does in Swarm. *Refused*: a request that uses it is answered
            with 501 (400 where the value is wrong), the field's name and what to do instead; nothing is ignored. *n/a*: it means
            nothing on Linux or here. The rows are made by a test that sends each field to the reader, so they cannot be out of date.

            Labels under `cardume.` say what the API cannot: see [operations](operations.md).

            """;

    /** Values for fields that are told apart by value: one that Swarm knows and that is not what a field says by itself. */
    private static final Map<String, String> SAMPLES = Map.ofEntries(
            Map.entry("ServiceSpec TaskTemplate.Runtime", "\"container\""),
            Map.entry("ServiceSpec TaskTemplate.ContainerSpec.Isolation", "\"default\""),
            Map.entry("ServiceSpec TaskTemplate.ContainerSpec.Mounts[*].Type", "\"volume\""),
            Map.entry("ServiceSpec TaskTemplate.Resources.SwapBytes", "1048576"),
            Map.entry("ServiceSpec EndpointSpec.Mode", "\"vip\""),
            Map.entry("ServiceSpec EndpointSpec.Ports[*].PublishMode", "\"host\""),
            Map.entry("ServiceSpec UpdateConfig.Parallelism", "2"),
            Map.entry("ServiceSpec UpdateConfig.FailureAction", "\"rollback\""),
            Map.entry("ServiceSpec UpdateConfig.Order", "\"start-first\""),
            Map.entry("ServiceSpec UpdateConfig.MaxFailureRatio", "0.5"),
            Map.entry("ServiceSpec RollbackConfig.Parallelism", "2"),
            Map.entry("ServiceSpec RollbackConfig.FailureAction", "\"continue\""),
            Map.entry("ServiceSpec RollbackConfig.Order", "\"start-first\""),
            Map.entry("ServiceSpec RollbackConfig.MaxFailureRatio", "0.5"),
            Map.entry("SwarmSpec Name", "\"default\""),
            Map.entry("NetworkCreateRequest Driver", "\"overlay\""),
            Map.entry("NetworkCreateRequest Scope", "\"swarm\""),
            Map.entry("NetworkCreateRequest Options", "{\"com.docker.network.driver.mtu\":\"1400\"}"),
            Map.entry("NetworkCreateRequest IPAM.Driver", "\"default\""),
            Map.entry("NetworkCreateRequest IPAM.Config[*].Subnet", "\"10.9.0.0/24\""),
            Map.entry("NetworkCreateRequest IPAM.Config[*].Gateway", "\"10.9.0.1\""));

    /**
     * A field of the contract.
     *
     * @param object what it is a field of
     * @param path its path, {@code [*]} for every element of a list
     * @param type string, integer, boolean, number, map or object
     */
    private record Field(String object, String path, String type) {
        String name() {
            return object + " " + path;
        }
    }

    private interface Reader {
        List<SpecProblem> problems(JsonNode tree) throws IOException;
    }

    /**
     * What clients declare.
     *
     * @param title of its table
     * @param base the least that is right
     * @param records what its fields are read into
     * @param reader the server's
     */
    private record Declared(String title, String base, Class<?> records, Reader reader) {}

    private static final Map<String, Declared> DECLARED = declared();

    private static Map<String, Declared> declared() {
        var all = new LinkedHashMap<String, Declared>();
        all.put("ServiceSpec", new Declared("Services (ServiceSpec)", "{\"Name\":\"web\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"nginx\"}}}",
                ServiceSpec.class, tree -> problems(ServiceSpecs.read(bytes(tree), true))));
        all.put("NodeSpec", new Declared("Nodes (NodeSpec)", "{}", NodeSpec.class,
                tree -> problems(WireReader.read(tree, NodeSpec.class, false, _ -> true))));
        all.put("SwarmSpec", new Declared("The swarm (SwarmSpec)", "{}", SwarmSpec.class, tree -> problems(SwarmSpec.read(tree, ""))));
        all.put("SecretSpec", new Declared("Secrets (SecretSpec)", "{\"Name\":\"key\",\"Data\":\"eA==\"}", member(BlobSpecs.class, "Body"),
                tree -> problems(BlobSpecs.create(BlobKind.SECRET, bytes(tree)))));
        all.put("ConfigSpec", new Declared("Configs (ConfigSpec)", "{\"Name\":\"conf\",\"Data\":\"eA==\"}", member(BlobSpecs.class, "Body"),
                tree -> problems(BlobSpecs.create(BlobKind.CONFIG, bytes(tree)))));
        all.put("NetworkCreateRequest", new Declared("Networks (NetworkCreateRequest)", "{\"Name\":\"net\",\"Driver\":\"overlay\"}",
                member(NetworkSpec.class, "Body"), tree -> problems(NetworkSpec.read(tree))));
        return all;
    }

    private static Class<?> member(Class<?> of, String name) {
        for (Class<?> one : of.getDeclaredClasses()) if (one.getSimpleName().equals(name)) return one;
        throw new AssertionError(of + " has no " + name);
    }

    private static byte[] bytes(JsonNode tree) {
        return tree.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<SpecProblem> problems(Reading<?> reading) {
        return reading instanceof Reading.Invalid<?>(var problems) ? problems : List.of();
    }

    @Test
    void theTableSaysOfEveryFieldWhatTheReaderSays() throws IOException {
        var expected = table();
        if (Boolean.getBoolean("compatibility.write")) Files.writeString(TABLE, expected);

        assertThat(Files.readString(TABLE))
                .as("docs/compatibility.md is not what the readers say; write it anew with "
                        + "mvn -o -q -pl api-spec test -Dtest=CompatibilityTest -Dcompatibility.write=true")
                .isEqualTo(expected);
    }

    @Test
    void everyFieldIsEitherReadOrRefused() throws IOException {
        for (Field field : contract()) {
            var declared = DECLARED.get(field.object());
            if (refusal(field).isEmpty())
                assertThat(isRead(declared.records(), List.of(meant(field).split("\\."))))
                        .as("%s is neither refused nor a field of %s", field.name(), declared.records().getSimpleName()).isTrue();
        }
    }

    @Test
    void everyNoteIsOfAFieldOfTheContract() throws IOException {
        assertThat(contract()).extracting(Field::name).containsAll(notes().keySet()).doesNotHaveDuplicates();
        assertThat(contract()).extracting(Field::name).containsAll(SAMPLES.keySet());
    }

    private static String table() throws IOException {
        var text = new StringBuilder();
        var notes = notes();
        int honoured = 0;
        int refused = 0;
        int meaningless = 0;
        for (var entry : DECLARED.entrySet()) {
            var rows = new StringBuilder();
            int[] counts = new int[3];
            for (Field field : contract()) {
                if (!field.object().equals(entry.getKey())) continue;
                var note = notes.getOrDefault(field.name(), "");
                boolean none = note.startsWith("n/a ");
                var refusal = refusal(field);
                var verdict = none ? "n/a" : refusal.isPresent() ? "refused" : "honoured";
                counts[none ? 2 : refusal.isPresent() ? 1 : 0]++;
                var words = none ? note.substring(4) : note.isEmpty() ? refusal.orElse("") : note;
                rows.append("| `").append(field.path()).append("` | ").append(verdict).append(" | ").append(words).append(" |\n");
            }
            text.append("## ").append(entry.getValue().title()).append("\n\n")
                    .append(counted(counts[0], counts[1], counts[2])).append("\n\n| field | here | notes |\n|---|---|---|\n").append(rows).append('\n');
            honoured += counts[0];
            refused += counts[1];
            meaningless += counts[2];
        }
        return (HEAD + "All in all: " + counted(honoured, refused, meaningless) + "\n\n" + text).stripTrailing() + "\n";
    }

    private static String counted(int honoured, int refused, int meaningless) {
        return "%d fields: %d honoured, %d refused, %d n/a.".formatted(honoured + refused + meaningless, honoured, refused, meaningless);
    }

    /** What to do instead of using a field, if it is not built; "" where there is nothing. */
    private static Optional<String> refusal(Field field) throws IOException {
        var declared = DECLARED.get(field.object());
        var tree = (ObjectNode) Json.lenient().readTree(declared.base());
        put(tree, List.of(field.path().split("\\.")), sample(field));
        var plain = field.path().toLowerCase(Locale.ROOT);
        var problems = declared.reader().problems(tree);
        assertThat(problems).as(field.name()).noneMatch(problem -> problem.text().startsWith("there is no such field"));
        return problems.stream()
                .filter(SpecProblem::notBuilt)
                .filter(problem -> isAbout(problem, plain))
                .map(problem -> problem.text().replaceFirst("^(\".*?\" )?is not built yet(; )?", ""))
                .findFirst();
    }

    private static boolean isAbout(SpecProblem problem, String path) {
        var named = problem.field().replaceAll("\\[\\d+]", "[*]").replaceAll("\\[\".*\"]", "").toLowerCase(Locale.ROOT);
        return named.equals(path) || path.startsWith(named + ".") || path.startsWith(named + "[") || named.startsWith(path + ".");
    }

    private static void put(ObjectNode into, List<String> path, JsonNode value) {
        var name = path.getFirst();
        int lists = name.length() - name.replace("[*]", "[]").length();
        var plain = name.replace("[*]", "");
        var further = path.subList(1, path.size());
        if (lists == 0) {
            if (further.isEmpty()) into.set(plain, value);
            else put(into.withObjectProperty(plain), further, value);
            return;
        }
        ArrayNode list = into.putArray(plain);
        for (int i = 1; i < lists; i++) list = list.addArray();
        if (further.isEmpty()) list.add(value);
        else put(list.addObject(), further, value);
    }

    private static JsonNode sample(Field field) throws IOException {
        var text = Optional.ofNullable(SAMPLES.get(field.name())).orElse(switch (field.type()) {
            case "string" -> "\"x\"";
            case "integer" -> "1";
            case "number" -> "1";
            case "boolean" -> "true";
            case "map" -> "{\"a\":\"b\"}";
            case "object" -> "{}";
            default -> throw new AssertionError(field);
        });
        return Json.lenient().readTree(text);
    }

    /** Where a field is read that has two places in the contract: the older one is taken for the newer. */
    private static String meant(Field field) {
        boolean older = field.object().equals("ServiceSpec") && field.path().startsWith("Networks[*]");
        return older ? "TaskTemplate." + field.path() : field.path();
    }

    private static boolean isRead(Type type, List<String> path) {
        if (path.isEmpty()) return true;
        if (type instanceof ParameterizedType generic) return isRead(generic.getActualTypeArguments()[0], path);
        if (!(type instanceof Class<?> record) || !record.isRecord()) return false;
        var plain = path.getFirst().replace("[*]", "");
        return WireReader.fields(record).entrySet().stream()
                .filter(field -> field.getKey().equalsIgnoreCase(plain))
                .anyMatch(field -> isRead(field.getValue(), path.subList(1, path.size())));
    }

    private static List<Field> contract() throws IOException {
        var fields = new ArrayList<Field>();
        for (String line : lines("/engine-api-fields.txt")) {
            var words = line.split(" ");
            fields.add(new Field(words[0], words[1], words[2]));
        }
        return fields;
    }

    private static Map<String, String> notes() throws IOException {
        var notes = new TreeMap<String, String>();
        for (String line : lines("/compatibility-notes.txt")) {
            var words = line.split(" ", 3);
            notes.put(words[0] + " " + words[1], words[2]);
        }
        return notes;
    }

    private static List<String> lines(String resource) throws IOException {
        try (var in = CompatibilityTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
        }
    }
}
