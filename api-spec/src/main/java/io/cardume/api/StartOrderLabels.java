package io.cardume.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The service label that says after which other services the tasks of a service start. */
public final class StartOrderLabels {
    /**
     * {@code NAME[:started|healthy|completed]}, several divided by commas; without a word it is {@code started}. A name is
     * that of a service of the same stack, else of any service.
     */
    public static final String AFTER = "cardume.after";

    /** This label, as one of the families. */
    public static final ServiceLabels.Family FAMILY = new ServiceLabels.Family(List.of(AFTER), spec -> wrong(spec.labels()));

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9](?:[-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?");
    private static final String ALLOWED = "NAME[:started|healthy|completed],... with each service named once, such as db:healthy,migrate:completed,cache";

    private StartOrderLabels() {}

    /** What of another service is waited for. */
    public enum Condition {
        /** All its tasks run. */
        STARTED,
        /** All its tasks run and are ready for requests. */
        HEALTHY,
        /** It is a job, and has ended well. */
        COMPLETED;

        /** The word in the label. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Another service that is waited for.
     *
     * @param service its name, perhaps without the stack's
     * @param condition what of it
     */
    public record After(String service, Condition condition) {
        @Override
        public String toString() {
            return service + ":" + condition.word();
        }
    }

    /** What labels that have been checked say, in the order of the label. */
    public static List<After> read(SortedMap<String, String> labels) {
        var said = labels.get(AFTER);
        if (said == null) return List.of();
        var all = new ArrayList<After>();
        for (String part : said.split(",")) {
            int colon = part.indexOf(':');
            var condition = colon < 0 ? Condition.STARTED : Condition.valueOf(part.substring(colon + 1).strip().toUpperCase(Locale.ROOT));
            all.add(new After((colon < 0 ? part : part.substring(0, colon)).strip(), condition));
        }
        return all;
    }

    /** The label that says it. */
    public static String text(List<After> all) {
        return all.stream().map(After::toString).collect(Collectors.joining(","));
    }

    private static List<LabelProblem> wrong(SortedMap<String, String> labels) {
        var said = labels.get(AFTER);
        if (said == null) return List.of();
        var names = new TreeSet<String>();
        for (String part : said.split(",", -1)) {
            int colon = part.indexOf(':');
            var name = (colon < 0 ? part : part.substring(0, colon)).strip();
            var word = colon < 0 ? Condition.STARTED.word() : part.substring(colon + 1).strip();
            boolean known = List.of(Condition.values()).stream().anyMatch(condition -> condition.word().equals(word));
            if (!NAME.matcher(name).matches() || !known || !names.add(name)) return List.of(new LabelProblem(AFTER, said, ALLOWED));
        }
        return List.of();
    }
}
