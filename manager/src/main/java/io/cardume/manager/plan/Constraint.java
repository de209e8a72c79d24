package io.cardume.manager.plan;

import io.cardume.api.Placement;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Revision;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * Something a node must be, or must not be, to run a task: {@code node.labels.disk==ssd}.
 *
 * @param key what of the node is looked at, e.g. {@code node.role} or {@code engine.labels.disk}
 * @param equal whether it must be the value, or must not
 * @param value compared without regard to case; a label the node does not have is ""
 */
public record Constraint(String key, boolean equal, String value) {
    private static final String NODE_LABELS = "node.labels.";
    private static final String ENGINE_LABELS = "engine.labels.";
    private static final List<String> KEYS =
            List.of("node.id", "node.hostname", "node.role", "node.platform.os", "node.platform.arch");
    private static final Pattern KEY = Pattern.compile("(?i)[a-z_][a-z0-9\\-_.]+");
    private static final Pattern VALUE = Pattern.compile("(?i)[a-z0-9:\\-_\\s.*()?+\\[\\]\\\\^$|/]+");

    /**
     * The constraint a user wrote.
     *
     * @throws IllegalArgumentException if it is none, with what is wrong and what would be right
     */
    public static Constraint parse(String text) {
        for (String operator : List.of("==", "!=")) {
            int at = text.indexOf(operator);
            if (at >= 0)
                return of(text.substring(0, at).trim(), operator.equals("=="), text.substring(at + 2).trim());
        }
        throw new IllegalArgumentException("constraint expected one operator from ==, !=: " + text);
    }

    private static Constraint of(String key, boolean equal, String value) {
        if (!KEY.matcher(key).matches()) throw new IllegalArgumentException("key '" + key + "' is invalid");
        if (!VALUE.matcher(value).matches()) throw new IllegalArgumentException("value '" + value + "' is invalid");
        var plain = key.toLowerCase(Locale.ROOT);
        if (!KEYS.contains(plain) && !plain.startsWith(NODE_LABELS) && !plain.startsWith(ENGINE_LABELS))
            throw new IllegalArgumentException("constraint key '" + key + "' is not known; known are "
                    + String.join(", ", KEYS) + ", node.labels.<name> and engine.labels.<name>");
        return new Constraint(key, equal, value);
    }

    /** All constraints of a revision. */
    static List<Constraint> allOf(Revision revision) {
        return revision.template().placement().map(Placement::constraints).orElse(List.of()).stream()
                .map(Constraint::parse).toList();
    }

    /** Whether a node meets all constraints of a revision. */
    static boolean allMet(Revision revision, Node node) {
        return allOf(revision).stream().allMatch(constraint -> constraint.matches(node));
    }

    /** Whether a node meets it. */
    public boolean matches(Node node) {
        return shown(node).equalsIgnoreCase(comparable(value)) == equal;
    }

    private String shown(Node node) {
        return switch (key.toLowerCase(Locale.ROOT)) {
            case "node.id" -> node.id().value();
            case "node.hostname" -> node.description().hostname();
            case "node.role" -> node.role().name();
            case "node.platform.os" -> node.description().platform().os();
            case "node.platform.arch" -> Architecture.canonical(node.description().platform().architecture());
            case String plain when plain.startsWith(NODE_LABELS) -> label(node.labels(), NODE_LABELS);
            case String plain when plain.startsWith(ENGINE_LABELS) ->
                label(node.description().engineLabels(), ENGINE_LABELS);
            default -> "";
        };
    }

    private String label(SortedMap<String, String> labels, String prefix) {
        return labels.getOrDefault(key.substring(prefix.length()), "");
    }

    private String comparable(String given) {
        return key.equalsIgnoreCase("node.platform.arch") ? Architecture.canonical(given) : given;
    }
}
