package io.cardume.api;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;

/** The service labels that say where a service's tasks go in relation to others, and whether they may be moved. */
public final class PlacementLabels {
    /** Services no task of which may be on the same node, by name with commas; {@link #SELF} = one task a node. */
    public static final String APART = "cardume.apart";
    /** Services each of which must be on the same node, as far as it runs at all, by name with commas. */
    public static final String TOGETHER = "cardume.together";
    /** Whether tasks move when another node would be better: {@code off}, {@code suggest} or {@code auto}. */
    public static final String REBALANCE = "cardume.rebalance";
    /** The service itself, in {@link #APART}. */
    public static final String SELF = "self";

    /** They as a family. */
    static final ServiceLabels.Family FAMILY = new ServiceLabels.Family(List.of(APART, REBALANCE, TOGETHER), PlacementLabels::problems);

    private static final List<String> REBALANCING = List.of("off", "suggest", "auto");

    private PlacementLabels() {}

    /** Whether tasks move when another node would be better. */
    public enum Rebalance {
        /** Never, not even when asked. */
        OFF,
        /** When asked; where the label says nothing. */
        SUGGEST,
        /** By themselves. */
        AUTO
    }

    /** The names in one of the labels, none if it is not there. */
    public static List<String> names(SortedMap<String, String> labels, String label) {
        var said = labels.get(label);
        return said == null ? List.of() : Stream.of(said.split(",", -1)).map(String::strip).toList();
    }

    /** What the labels say of moves. */
    public static Rebalance rebalance(SortedMap<String, String> labels) {
        return switch (labels.getOrDefault(REBALANCE, "suggest")) {
            case "off" -> Rebalance.OFF;
            case "auto" -> Rebalance.AUTO;
            default -> Rebalance.SUGGEST;
        };
    }

    private static List<LabelProblem> problems(ServiceSpec spec) {
        var problems = new ArrayList<LabelProblem>();
        var labels = spec.labels();
        for (String name : names(labels, APART))
            if (!SpecCheck.isName(name)) problems.add(new LabelProblem(APART, labels.get(APART), "names of services, with commas, or " + SELF));
        for (String name : names(labels, TOGETHER))
            if (!SpecCheck.isName(name) || name.equals(SELF) || name.equals(spec.name()))
                problems.add(new LabelProblem(TOGETHER, labels.get(TOGETHER), "names of other services, with commas"));
            else if (names(labels, APART).contains(name))
                problems.add(new LabelProblem(TOGETHER, labels.get(TOGETHER), "names of services that are not in " + APART + " as well, as " + name + " is"));
        if (labels.containsKey(REBALANCE) && !REBALANCING.contains(labels.get(REBALANCE)))
            problems.add(new LabelProblem(REBALANCE, labels.get(REBALANCE), "one of " + String.join(", ", REBALANCING)));
        return problems.stream().distinct().toList();
    }
}
