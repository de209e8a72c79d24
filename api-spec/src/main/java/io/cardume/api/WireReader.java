package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Predicate;

/**
 * Reads a body into a record, field by field, so that whatever is wrong is said with its path, its value and what is
 * allowed. Keys come in any case and null means absent, as for the engine; unknown keys are ignored or, when strict,
 * problems. Values are never converted: a number is no text.
 */
public final class WireReader {
    /** A tree takes many times the bytes of its text; fifty services take a tenth of this. */
    private static final long MOST_TOKENS = 200_000;
    private static final ObjectMapper TREES = Json.bounded(MOST_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int LONGEST_SHOWN = 160;

    /** What is read from a class by reflection, which is slow, once. */
    private static final ClassValue<Fields> FIELDS = new ClassValue<>() {
        @Override
        protected Fields computeValue(Class<?> type) {
            return Fields.of(type);
        }
    };
    private static final ClassValue<List<String>> WORDS = new ClassValue<>() {
        @Override
        protected List<String> computeValue(Class<?> type) {
            return List.copyOf(words(type));
        }
    };

    private final boolean strict;
    private final Predicate<String> knownElsewhere;
    private final List<SpecProblem> problems = new ArrayList<>();

    private WireReader(boolean strict, Predicate<String> knownElsewhere) {
        this.strict = strict;
        this.knownElsewhere = knownElsewhere;
    }

    /** The tree a body is; whatever JSON it is not is said in words. */
    public static Reading<JsonNode> tree(byte[] body) {
        try {
            var tree = TREES.readTree(body);
            if (tree == null || tree.isMissingNode() || tree.isNull())
                return new Reading.Invalid<>(List.of(SpecProblem.wrong("", "the request has no body; a JSON object is needed")));
            if (!tree.isObject())
                return new Reading.Invalid<>(List.of(SpecProblem.wrong("",
                        "the body is " + kind(tree) + "; a JSON object is needed")));
            return new Reading.Valid<>(tree);
        } catch (JsonProcessingException e) {
            var at = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
            return new Reading.Invalid<>(List.of(SpecProblem.wrong("", "invalid JSON" + at + ": " + firstLine(e.getOriginalMessage()))));
        } catch (IOException e) {
            return new Reading.Invalid<>(List.of(SpecProblem.wrong("", "invalid JSON: " + firstLine(e.getMessage()))));
        }
    }

    /**
     * Reads a record from a tree.
     *
     * @param strict whether an unknown key is a problem
     * @param knownElsewhere paths that are no fields of the record and are looked at elsewhere
     */
    public static <T> Reading<T> read(JsonNode tree, Class<T> type, boolean strict, Predicate<String> knownElsewhere) {
        var reader = new WireReader(strict, knownElsewhere);
        var plain = reader.record(tree, type, "");
        if (!reader.problems.isEmpty()) return new Reading.Invalid<>(reader.problems);
        try {
            return new Reading.Valid<>(Json.lenient().treeToValue(plain.orElse(JsonNodeFactory.instance.objectNode()), type));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return new Reading.Invalid<>(List.of(SpecProblem.wrong("", firstLine(e.getMessage()))));
        }
    }

    /**
     * The fields of a record.
     *
     * @param types by their names on the wire
     * @param names the same names, by what they are in small letters
     */
    private record Fields(Map<String, Type> types, Map<String, String> names) {
        static Fields of(Class<?> type) {
            var types = fields(type);
            var names = new LinkedHashMap<String, String>();
            types.keySet().forEach(name -> names.put(name.toLowerCase(Locale.ROOT), name));
            return new Fields(types, names);
        }
    }

    /** The names of a record's fields on the wire, each with its type. */
    static Map<String, Type> fields(Class<?> type) {
        var fields = new LinkedHashMap<String, Type>();
        for (RecordComponent component : type.getRecordComponents()) {
            var named = component.getAccessor().getAnnotation(JsonProperty.class);
            fields.put(named == null ? component.getName() : named.value(), component.getGenericType());
        }
        return fields;
    }

    private Optional<JsonNode> record(JsonNode given, Class<?> type, String path) {
        if (!given.isObject()) return wrong(path, given, "an object");
        var fields = FIELDS.get(type);
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : given.properties()) {
            var name = fields.names.get(entry.getKey().toLowerCase(Locale.ROOT));
            var at = path.isEmpty() ? "" : path + ".";
            if (name == null) {
                if (strict && !knownElsewhere.test(at + entry.getKey()))
                    problems.add(SpecProblem.wrong(at + shown(entry.getKey()),
                            "there is no such field" + Nearest.hint(entry.getKey(), fields.types.keySet())));
            } else if (!entry.getValue().isNull()) {
                value(entry.getValue(), fields.types.get(name), at + name).ifPresent(value -> plain.set(name, value));
            }
        }
        return Optional.of(plain);
    }

    private Optional<JsonNode> value(JsonNode given, Type type, String path) {
        return switch (type) {
            case ParameterizedType generic when generic.getRawType() == Optional.class ->
                value(given, generic.getActualTypeArguments()[0], path);
            case ParameterizedType generic when generic.getRawType() == List.class ->
                list(given, generic.getActualTypeArguments()[0], path);
            case ParameterizedType generic when generic.getRawType() == SortedMap.class -> labels(given, path);
            case Class<?> plain when plain.isRecord() -> record(given, plain, path);
            case Class<?> plain when plain.isEnum() -> word(given, plain, path);
            case Class<?> plain when plain == String.class -> text(given, path);
            case Class<?> plain when plain == boolean.class || plain == Boolean.class ->
                given.isBoolean() ? Optional.of(given) : wrong(path, given, "true or false");
            case Class<?> plain when plain == int.class || plain == Integer.class ->
                given.isIntegralNumber() && given.canConvertToInt() ? Optional.of(given)
                        : wrong(path, given, "a whole number from -2147483648 to 2147483647");
            case Class<?> plain when plain == long.class || plain == Long.class ->
                given.isIntegralNumber() && given.canConvertToLong() ? Optional.of(given)
                        : wrong(path, given, "a whole number of at most 64 bits");
            case Class<?> plain when plain == Duration.class ->
                given.isIntegralNumber() && given.canConvertToLong() ? Optional.of(given)
                        : wrong(path, given, "a duration in whole nanoseconds");
            case Class<?> plain when plain == Double.class || plain == double.class ->
                given.isNumber() ? Optional.of(given) : wrong(path, given, "a number");
            default -> throw new IllegalArgumentException("no way to read " + type + " at " + path);
        };
    }

    private Optional<JsonNode> list(JsonNode given, Type element, String path) {
        if (!given.isArray()) return wrong(path, given, "a list");
        ArrayNode plain = JsonNodeFactory.instance.arrayNode();
        int at = 0;
        for (JsonNode item : given) {
            int index = at++;
            if (!item.isNull()) value(item, element, path + "[" + index + "]").ifPresent(plain::add);
        }
        return Optional.of(plain);
    }

    private Optional<JsonNode> labels(JsonNode given, String path) {
        if (!given.isObject()) return wrong(path, given, "an object of texts");
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : given.properties()) {
            var at = path + "[\"" + shown(entry.getKey()) + "\"]";
            if (entry.getKey().indexOf('\0') >= 0) wrong(at, TextNode.valueOf(entry.getKey()), "a key without NUL");
            else if (entry.getValue().isNull()) plain.put(entry.getKey(), "");
            else text(entry.getValue(), at).ifPresent(value -> plain.set(entry.getKey(), value));
        }
        return Optional.of(plain);
    }

    private Optional<JsonNode> text(JsonNode given, String path) {
        if (!given.isTextual()) return wrong(path, given, "a text");
        return given.textValue().indexOf('\0') >= 0 ? wrong(path, given, "a text without NUL") : Optional.of(given);
    }

    /** One of an enum's words; "" is as good as absent, as for Go. */
    private Optional<JsonNode> word(JsonNode given, Class<?> type, String path) {
        var words = WORDS.get(type);
        if (!given.isTextual()) return wrong(path, given, "one of " + String.join(", ", words));
        if (given.textValue().isEmpty()) return Optional.empty();
        for (String word : words)
            if (word.equalsIgnoreCase(given.textValue())) return Optional.of(TextNode.valueOf(word));
        return wrong(path, given, "one of " + String.join(", ", words));
    }

    private static List<String> words(Class<?> type) {
        var words = new ArrayList<String>();
        for (Object constant : type.getEnumConstants()) {
            try {
                var named = type.getField(((Enum<?>) constant).name()).getAnnotation(JsonProperty.class);
                words.add(named == null ? ((Enum<?>) constant).name() : named.value());
            } catch (NoSuchFieldException e) {
                throw new AssertionError(e);
            }
        }
        return words;
    }

    private Optional<JsonNode> wrong(String path, JsonNode given, String allowed) {
        var value = given.isValueNode() ? shown(given.toString()) : kind(given);
        problems.add(SpecProblem.wrong(path, value + " is not allowed; it is " + allowed));
        return Optional.empty();
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT, POJO -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL, MISSING, BINARY -> "nothing";
        };
    }

    /** At most 160 characters of a text, so that an answer stays readable. */
    static String shown(String text) {
        var line = text.replaceAll("\\p{Cc}", "?");
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }

    private static String firstLine(String message) {
        // Jackson says where in its own code a bound is set.
        var text = message == null ? "cannot be read" : message.replaceAll(", from `StreamReadConstraints[^`]*`", "");
        int end = text.indexOf('\n');
        return shown(end < 0 ? text : text.substring(0, end));
    }
}
