package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.Nearest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The filters of a list: {@code {"name":{"x":true}}}, or {@code {"name":["x"]}}.
 *
 * @param values the values of each key
 */
record Filters(SortedMap<String, List<String>> values) {
    Filters {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /** Reads filters; "" is none. Keys other than the known ones are refused. */
    static Filters parse(String json, Set<String> known) {
        var values = new TreeMap<String, List<String>>();
        if (json.isBlank()) return new Filters(values);
        JsonNode tree;
        try {
            tree = Json.lenient().readTree(json);
        } catch (JsonProcessingException e) {
            throw malformed();
        }
        if (tree == null || tree.isNull() || tree.isMissingNode()) return new Filters(values);
        if (!tree.isObject()) throw malformed();
        for (Map.Entry<String, JsonNode> entry : tree.properties()) {
            if (!known.contains(entry.getKey()))
                throw new ApiException(400, "invalid filter '" + entry.getKey() + "'; filters are "
                        + String.join(", ", new TreeSet<>(known)) + Nearest.hint(entry.getKey(), known));
            var given = new ArrayList<String>();
            if (entry.getValue().isObject()) entry.getValue().fieldNames().forEachRemaining(given::add);
            else if (entry.getValue().isArray())
                for (JsonNode item : entry.getValue()) {
                    if (!item.isValueNode()) throw malformed();
                    given.add(item.asText());
                }
            else if (!entry.getValue().isNull()) throw malformed();
            if (!given.isEmpty()) values.put(entry.getKey(), given);
        }
        return new Filters(values);
    }

    private static ApiException malformed() {
        return new ApiException(400, "invalid filters: they are {\"KEY\":{\"VALUE\":true}} or {\"KEY\":[\"VALUE\"]}");
    }

    /** The values of a key. */
    List<String> of(String key) {
        return values.getOrDefault(key, List.of());
    }

    /** Whether one of a key's values holds, or it has none. */
    boolean any(String key, Predicate<String> holds) {
        var wanted = of(key);
        return wanted.isEmpty() || wanted.stream().anyMatch(holds);
    }

    /** Whether a text begins with one of a key's values, or it has none. */
    boolean prefix(String key, String text) {
        return any(key, text::startsWith);
    }

    /** Whether a text is one of a key's values, or it has none. */
    boolean exact(String key, String text) {
        return any(key, text::equals);
    }

    /** Whether all of a key's values, {@code k} or {@code k=v} each, are among the labels. */
    boolean labels(String key, Map<String, String> labels) {
        return of(key).stream().allMatch(wanted -> {
            int equal = wanted.indexOf('=');
            return equal < 0 ? labels.containsKey(wanted) : wanted.substring(equal + 1).equals(labels.get(wanted.substring(0, equal)));
        });
    }

    /** Refuses values of a key other than the allowed ones. */
    Filters allowing(String key, List<String> allowed) {
        for (String value : of(key))
            if (!allowed.contains(value))
                throw new ApiException(400, "invalid filter '" + key + "=" + value + "'; it is one of " + String.join(", ", allowed));
        return this;
    }
}
