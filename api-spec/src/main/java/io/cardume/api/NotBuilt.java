package io.cardume.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The fields Swarm knows and this release does not: where one is used it is refused by name, never ignored. */
final class NotBuilt {
    /**
     * A field of Swarm's.
     *
     * @param path its path, {@code [*]} for every element of a list
     * @param instead the way that works today; "" where there is none
     * @param evenEmpty whether an empty object asks for it too
     */
    private record Field(String path, String instead, boolean evenEmpty) {
        Field(String path, String instead) {
            this(path, instead, false);
        }
    }

    private static final String CONTAINER = "TaskTemplate.ContainerSpec.";

    private static final List<Field> SERVICE = List.of(
            new Field("TaskTemplate.Networks[*].DriverOpts", "leave it out"),
            new Field("TaskTemplate.NetworkAttachmentSpec", "use TaskTemplate.ContainerSpec", true),
            new Field("TaskTemplate.PluginSpec", "use TaskTemplate.ContainerSpec", true),
            new Field("TaskTemplate.Resources.Limits.GenericResources", ""),
            new Field("TaskTemplate.Resources.Reservations.Pids", "use TaskTemplate.Resources.Limits.Pids"),
            new Field(CONTAINER + "Configs[*].Runtime", "", true),
            new Field(CONTAINER + "Privileges.CredentialSpec", "leave it out: it is for Windows"),
            new Field(CONTAINER + "Mounts[*].ClusterOptions", "use type volume", true),
            new Field(CONTAINER + "Mounts[*].ImageOptions", "use type volume", true),
            new Field(CONTAINER + "Mounts[*].VolumeOptions.Subpath", "use a volume of its own, or bind a directory of the hosts"),
            new Field(CONTAINER + "Mounts[*].TmpfsOptions.Options", "use SizeBytes and Mode"));

    private static final List<Field> CLUSTER = List.of(
            new Field("CAConfig.ExternalCAs", ""),
            new Field("CAConfig.SigningCACert", ""),
            new Field("CAConfig.SigningCAKey", ""),
            new Field("TaskDefaults.LogDriver", "give each service its TaskTemplate.LogDriver"));

    private NotBuilt() {}

    /** The fields in a service's spec that are not built. */
    static List<SpecProblem> inService(JsonNode tree) {
        return in(tree, SERVICE);
    }

    /** The fields in a cluster's spec that are not built. */
    static List<SpecProblem> inCluster(JsonNode tree) {
        return in(tree, CLUSTER);
    }

    /** Whether a path of a service's spec, in any case, is in the table, or leads to or from one that is. */
    static boolean knowsOfService(String path) {
        return knows(path, SERVICE);
    }

    /** The same for a cluster's spec. */
    static boolean knowsOfCluster(String path) {
        return knows(path, CLUSTER);
    }

    private static boolean knows(String path, List<Field> table) {
        var plain = path.replaceAll("\\[\\d+]", "[*]").toLowerCase(Locale.ROOT);
        return table.stream().map(field -> field.path.toLowerCase(Locale.ROOT))
                .anyMatch(known -> known.equals(plain) || known.startsWith(plain + ".") || plain.startsWith(known + "."));
    }

    private static List<SpecProblem> in(JsonNode tree, List<Field> table) {
        var problems = new ArrayList<SpecProblem>();
        for (Field field : table) look(tree, field.path, "", field, problems);
        return problems;
    }

    private static void look(JsonNode node, String rest, String path, Field field, List<SpecProblem> problems) {
        if (rest.isEmpty()) {
            if (isSaid(node, field.evenEmpty)) problems.add(SpecProblem.notBuilt(path, field.instead));
            return;
        }
        int dot = rest.indexOf('.');
        var name = dot < 0 ? rest : rest.substring(0, dot);
        var further = dot < 0 ? "" : rest.substring(dot + 1);
        boolean each = name.endsWith("[*]");
        var plain = each ? name.substring(0, name.length() - 3) : name;
        var at = path.isEmpty() ? plain : path + "." + plain;
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getKey().equalsIgnoreCase(plain)) continue;
            if (!each) look(entry.getValue(), further, at, field, problems);
            else for (int i = 0; i < entry.getValue().size(); i++)
                if (entry.getValue().isArray()) look(entry.getValue().get(i), further, at + "[" + i + "]", field, problems);
        }
    }

    /** Null, false, 0, "" and what holds nothing but these say nothing, as for Go; a mode says something by being there. */
    private static boolean isSaid(JsonNode node, boolean evenEmpty) {
        return switch (node.getNodeType()) {
            case NULL, MISSING -> false;
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.doubleValue() != 0;
            case STRING, BINARY -> !node.asText().isEmpty();
            case ARRAY -> !node.isEmpty();
            case OBJECT, POJO -> evenEmpty || node.properties().stream().anyMatch(entry -> isSaid(entry.getValue(), false));
        };
    }
}
