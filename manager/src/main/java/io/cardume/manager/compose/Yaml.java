package io.cardume.manager.compose;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * YAML as values with their places. Scalars stay the words they are written in, so that {@code 0444}, {@code yes} and
 * {@code 3.10} are what the field makes of them. Anchors, aliases and {@code <<} are followed; variables are put in.
 */
final class Yaml {
    private static final int MOST_VALUES = 100_000;
    private static final int DEEPEST = 50;
    private static final Set<String> NOTHING = Set.of("", "~", "null", "Null", "NULL");

    private final Variables variables;
    private final Faults faults;
    private int values;

    private Yaml(Variables variables, Faults faults) {
        this.variables = variables;
        this.faults = faults;
    }

    /** The value a text is; empty, with a fault, if it is not one document of YAML. */
    static Optional<Value> read(String text, Variables variables, Faults faults) {
        var settings = LoadSettings.builder().setLabel("the file").setAllowNonScalarKeys(true).setMaxAliasesForCollections(1_000).build();
        try {
            tooDeepOrNot(settings, text);
            var documents = new ArrayList<Node>();
            new Compose(settings).composeAllFromString(text).forEach(documents::add);
            if (documents.isEmpty()) {
                faults.wrong(Place.START, "", "the file is empty; a Compose file with services is needed");
                return Optional.empty();
            }
            if (documents.size() > 1)
                faults.wrong(place(documents.get(1)), "", "a second document begins here; a Compose file is one document");
            return Optional.of(new Yaml(variables, faults).value(documents.getFirst(), "", 0));
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark().or(e::getContextMark);
            faults.wrong(mark.map(Yaml::place).orElse(Place.START), "", "this is not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            faults.wrong(Place.START, "", "this is not YAML: " + e.getMessage().lines().findFirst().orElse(""));
        } catch (TooMuch e) {
            faults.wrong(e.place, "", "the file is too large: with its aliases followed it has more than " + MOST_VALUES
                    + " values, or more than " + DEEPEST + " levels");
        }
        return Optional.empty();
    }

    private static final class TooMuch extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Place place;

        TooMuch(Place place) {
            super(null, null, false, false);
            this.place = place;
        }
    }

    /** The library walks a document by recursion, so how deep it is must be known before. */
    private static void tooDeepOrNot(LoadSettings settings, String text) {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent) depth++;
            else if (event instanceof CollectionEndEvent) depth--;
            if (depth > DEEPEST) throw new TooMuch(event.getStartMark().map(Yaml::place).orElse(Place.START));
        }
    }

    private void count(Place place, int depth) {
        if (++values > MOST_VALUES || depth > DEEPEST) throw new TooMuch(place);
    }

    private Value value(Node node, String path, int depth) {
        var place = place(node);
        count(place, depth);
        return switch (node) {
            case ScalarNode scalar when scalar.isPlain() && NOTHING.contains(scalar.getValue()) -> new Value.Nothing(place);
            case ScalarNode scalar -> new Value.Text(variables.filledIn(scalar.getValue(), place, path, faults), place);
            case SequenceNode list -> {
                var items = new ArrayList<Value>();
                for (Node item : list.getValue()) items.add(value(item, path + "[" + items.size() + "]", depth + 1));
                yield new Value.Items(items, place);
            }
            case MappingNode mapping -> new Value.Fields(fields(mapping, path, depth), place);
            default -> throw new TooMuch(place);
        };
    }

    /** The fields of a mapping; what {@code <<} brings comes after them, and where both say the same, the mapping wins. */
    private Map<String, Value.Field> fields(MappingNode mapping, String path, int depth) {
        count(place(mapping), depth);
        var fields = new LinkedHashMap<String, Value.Field>();
        var merged = new ArrayList<Node>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                faults.wrong(place(tuple.getKeyNode()), path, "a name is needed here, not a list or a mapping");
                continue;
            }
            if (key.isPlain() && key.getValue().equals("<<")) {
                merged.add(tuple.getValueNode());
                continue;
            }
            var at = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
            var before = fields.put(key.getValue(), new Value.Field(place(key), value(tuple.getValueNode(), at, depth + 1)));
            if (before != null) faults.wrong(place(key), at, "it is said twice; the first time at " + before.key());
        }
        for (Node node : merged) {
            List<Node> sources = node instanceof SequenceNode list ? list.getValue() : List.of(node);
            for (Node source : sources) {
                if (source instanceof MappingNode further) fields(further, path, depth + 1).forEach(fields::putIfAbsent);
                else faults.wrong(place(source), path + ".<<", "an alias of a mapping is needed here, such as *name");
            }
        }
        return fields;
    }

    private static Place place(Node node) {
        return node.getStartMark().map(Yaml::place).orElse(Place.START);
    }

    private static Place place(Mark mark) {
        return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }
}
