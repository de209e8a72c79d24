package io.cardume.manager.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.SpecProblem;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A body of the API in the making, which remembers for each of its fields where in the file it comes from. So everything
 * the API's own checks find is said with line and column, and nothing has to be checked twice.
 */
final class Body {
    private final ObjectNode tree = JsonNodeFactory.instance.objectNode();
    private final Map<String, Cursor> origins = new HashMap<>();
    private final Cursor whole;

    /** @param whole where what it describes begins */
    Body(Cursor whole) {
        this.whole = whole;
    }

    JsonNode tree() {
        return tree;
    }

    byte[] bytes() {
        return tree.toString().getBytes(StandardCharsets.UTF_8);
    }

    void text(String path, Optional<String> value, Cursor from) {
        value.ifPresent(given -> put(path, JsonNodeFactory.instance.textNode(given), from));
    }

    void text(String path, String value, Cursor from) {
        text(path, Optional.of(value), from);
    }

    void number(String path, Optional<Long> value, Cursor from) {
        value.ifPresent(given -> put(path, JsonNodeFactory.instance.numberNode(given), from));
    }

    void flag(String path, Optional<Boolean> value, Cursor from) {
        value.ifPresent(given -> put(path, JsonNodeFactory.instance.booleanNode(given), from));
    }

    /** Texts as a list. */
    void texts(String path, List<String> values, Cursor from) {
        var list = JsonNodeFactory.instance.arrayNode();
        values.forEach(list::add);
        put(path, list, from);
    }

    /** The items of a list, each a text. */
    void items(String path, Cursor from) {
        for (Cursor item : from.items()) item.text().ifPresent(text -> add(path, text, item));
    }

    /** Names with a text each. */
    void entries(String path, Cursor from) {
        from.pairs().forEach((key, said) -> entry(path, key, said.flatMap(Cursor::text).orElse(""), said.orElse(from)));
    }

    /** A text under a name that may have dots in it. */
    void entry(String path, String name, String value, Cursor from) {
        object(path, from).put(name, value);
        origins.put(path + "[\"" + name + "\"]", from);
    }

    /** Puts a value at a path such as {@code A.B[0].C}; what leads to it is made. */
    void put(String path, JsonNode value, Cursor from) {
        int dot = path.lastIndexOf('.');
        object(dot < 0 ? "" : path.substring(0, dot), from).set(path.substring(dot + 1), value);
        origins.put(path, from);
    }

    /** One more element of a list, an empty object; gives its path. */
    String add(String path, Cursor from) {
        var list = list(path, from);
        list.addObject();
        var at = path + "[" + (list.size() - 1) + "]";
        origins.put(at, from);
        return at;
    }

    /** One more text of a list. */
    void add(String path, String value, Cursor from) {
        var list = list(path, from);
        list.add(value);
        origins.put(path + "[" + (list.size() - 1) + "]", from);
    }

    /** The object at a path, made if it is not there. */
    ObjectNode object(String path, Cursor from) {
        if (path.isEmpty()) return tree;
        origins.putIfAbsent(path, from);
        int dot = path.lastIndexOf('.');
        var parent = object(dot < 0 ? "" : path.substring(0, dot), from);
        var name = path.substring(dot + 1);
        int bracket = name.indexOf('[');
        if (bracket < 0) return parent.withObjectProperty(name);
        return (ObjectNode) parent.get(name.substring(0, bracket)).get(Integer.parseInt(name.substring(bracket + 1, name.length() - 1)));
    }

    private ArrayNode list(String path, Cursor from) {
        int dot = path.lastIndexOf('.');
        origins.putIfAbsent(path, from);
        return object(dot < 0 ? "" : path.substring(0, dot), from).withArrayProperty(path.substring(dot + 1));
    }

    /** Says what the API's checks found, where it stands in the file. */
    void blame(List<SpecProblem> problems) {
        // What is wrong already has been left out of the body, and may be called missing now.
        var news = problems.stream().filter(problem -> !isKnown(origin(problem.field()))).toList();
        for (SpecProblem problem : news) {
            var origin = origin(problem.field());
            if (problem.notBuilt()) origin.faults().notBuilt(origin.place(), origin.path(), problem.text());
            else origin.faults().wrong(origin.place(), origin.path(), problem.text());
        }
    }

    private boolean isKnown(Cursor origin) {
        return origin != whole && origin.faults().has(origin.path());
    }

    private Cursor origin(String field) {
        for (var path = field; !path.isEmpty(); path = path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('[')))))
            if (origins.containsKey(path)) return origins.get(path);
        return whole;
    }
}
