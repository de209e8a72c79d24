package io.cardume.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Every service label under {@code cardume.}, family by family: what Swarm's API cannot say is said by them. */
public final class ServiceLabels {
    /** What all of them begin with. */
    public static final String PREFIX = "cardume.";

    private static final List<Family> FAMILIES = List.of(
            ProbeLabels.FAMILY, HealingFloor.FAMILY, DrainLabels.FAMILY,
            FollowLabels.FAMILY,
            PlacementLabels.FAMILY,
            HttpLabels.FAMILY,
            StartOrderLabels.FAMILY, CronLabels.FAMILY,
            PublishLabels.FAMILY);

    private ServiceLabels() {}

    /**
     * Labels that are about one thing.
     *
     * @param names of its labels, sorted
     * @param check finds what is wrong with those of a spec's labels that are of this family
     */
    public record Family(List<String> names, Function<ServiceSpec, List<LabelProblem>> check) {
        /**
         * A family of one label.
         *
         * @param isRight whether a value of it is allowed
         * @param allowed what is, in words
         */
        static Family of(String label, Predicate<String> isRight, String allowed) {
            return new Family(List.of(label), spec -> Optional.ofNullable(spec.labels().get(label))
                    .filter(isRight.negate())
                    .map(said -> List.of(new LabelProblem(label, said, allowed)))
                    .orElse(List.of()));
        }

        /** What is wrong with those of a spec's labels that are of this family; empty if nothing is. */
        List<LabelProblem> problems(ServiceSpec spec) {
            return check.apply(spec);
        }
    }

    /** All names, in the order of the families. */
    public static List<String> names() {
        return FAMILIES.stream().flatMap(family -> family.names().stream()).toList();
    }

    /** Everything that is wrong with a spec's labels under {@code cardume.}; unknown ones are problems too. */
    static List<LabelProblem> problems(ServiceSpec spec) {
        var names = names();
        var problems = new ArrayList<LabelProblem>();
        spec.labels().forEach((label, value) -> {
            if (label.startsWith(PREFIX) && !names.contains(label))
                problems.add(new LabelProblem(label, value, "one of " + String.join(", ", names)));
        });
        for (Family family : FAMILIES) problems.addAll(family.problems(spec));
        return problems;
    }

    /** The labels that the agent is told of. */
    public static SortedMap<String, String> of(SortedMap<String, String> labels) {
        return labels.subMap(PREFIX, "cardume/");
    }
}
