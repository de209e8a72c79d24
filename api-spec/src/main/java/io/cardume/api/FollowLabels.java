package io.cardume.api;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The service label that names the secrets and configs of which the service is to have the newest version. */
public final class FollowLabels {
    /** Their names, with commas between. */
    public static final String FOLLOW = "cardume.follow";

    /** The label, checked. */
    static final ServiceLabels.Family FAMILY = ServiceLabels.Family.of(FOLLOW, said -> Stream.of(said.split(",", -1)).allMatch(name -> BlobSpecs.isName(name.strip())),
            "names of secrets or configs with commas between, each " + BlobSpecs.NAMES);

    private FollowLabels() {}

    /** The names that a service follows. */
    public static SortedSet<String> names(SortedMap<String, String> labels) {
        var names = new TreeSet<String>();
        for (String name : labels.getOrDefault(FOLLOW, "").split(","))
            if (!name.isBlank()) names.add(name.strip());
        return Collections.unmodifiableSortedSet(names);
    }
}
