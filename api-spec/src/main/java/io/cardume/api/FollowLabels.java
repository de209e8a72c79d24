package io.cardume.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** The service label that names the secrets and configs of which the service is to have the newest version. */
public final class FollowLabels {
    /** Their names, with commas between. */
    public static final String FOLLOW = "cardume.follow";

    /** The label, checked. */
    static final ServiceLabels.Family FAMILY = new ServiceLabels.Family() {
        @Override
        public List<String> names() {
            return List.of(FOLLOW);
        }

        @Override
        public List<LabelProblem> problems(ServiceSpec spec) {
            var said = spec.labels().get(FOLLOW);
            if (said == null) return List.of();
            var problems = new ArrayList<LabelProblem>();
            for (String name : said.split(",", -1))
                if (!BlobSpecs.isName(name.strip())) {
                    problems.add(new LabelProblem(FOLLOW, said, "names of secrets or configs with commas between, each " + BlobSpecs.NAMES));
                    break;
                }
            return problems;
        }
    };

    private FollowLabels() {}

    /** The names that a service follows. */
    public static SortedSet<String> names(SortedMap<String, String> labels) {
        var names = new TreeSet<String>();
        for (String name : labels.getOrDefault(FOLLOW, "").split(","))
            if (!name.isBlank()) names.add(name.strip());
        return Collections.unmodifiableSortedSet(names);
    }
}
