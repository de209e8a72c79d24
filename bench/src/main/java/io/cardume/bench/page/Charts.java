package io.cardume.bench.page;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Which figures of a run share a chart. */
final class Charts {
    /** Those of the system's figures, by their names; the first that matches has the figure. */
    private static final Map<String, Pattern> SYSTEM = new LinkedHashMap<>();

    static {
        SYSTEM.put("Deploy, scale, remove", Pattern.compile("(deploy|scale|service of 100) .*"));
        SYSTEM.put("Loss, drain, update", Pattern.compile("(container killed|host lost|drain of a host, 30|update of 12, st[a-z]+-first$|broken update of 12 rolled back$).*"));
        SYSTEM.put("Managers that start and come back", Pattern.compile("(manager .*(answer|writes again|in the list)|10,000 tasks that wait, all.*|service of 10,000.*)"));
        SYSTEM.put("Answers of the API", Pattern.compile("GET .*"));
        SYSTEM.put("Services created a second", Pattern.compile("services created a second.*"));
        SYSTEM.put("Resident memory", Pattern.compile("resident memory of (the manager|a worker), .*"));
        SYSTEM.put("Idle processor", Pattern.compile("idle processor of (the manager|a worker), .*"));
    }

    private Charts() {
    }

    /** A picture that can be written. */
    interface Chart {
        String title();

        /** The name of its file. */
        String file();

        void write(Path directory) throws IOException;
    }

    static List<Chart> of(Run run) {
        var charts = new ArrayList<Chart>();
        var bars = new LinkedHashMap<String, List<Figure>>();
        var lines = new LinkedHashMap<String, List<Figure>>();
        for (Figure figure : run.figures())
            if (figure.overTime()) lines.computeIfAbsent(figure.chart().isEmpty() ? figure.name() : figure.chart(), _ -> new ArrayList<>()).add(figure);
            else title(run, figure).ifPresent(title -> bars.computeIfAbsent(title, _ -> new ArrayList<>()).add(figure));
        if (run.topic().equals("system")) charts.add(new Ratios("Cardume beside Swarm (without what is nothing with one of them)", file(run, "beside swarm"), run));
        bars.forEach((title, figures) -> charts.add(new Bars(title, file(run, title), figures, figures.getFirst().unit().equals("ms"))));
        lines.forEach((title, figures) -> charts.add(new Lines(title, file(run, title), figures)));
        return charts;
    }

    /** The names of a run's figures: those of one chart together, and what is in no chart last. */
    static List<String> inOrder(Run run) {
        if (!run.topic().equals("system")) return run.names();
        var patterns = List.copyOf(SYSTEM.values());
        return run.names().stream().sorted(Comparator.comparingInt(name -> IntStream.range(0, patterns.size())
                .filter(i -> patterns.get(i).matcher(name).matches()).findFirst().orElse(patterns.size()))).toList();
    }

    private static Optional<String> title(Run run, Figure figure) {
        if (!figure.chart().isEmpty()) return Optional.of(figure.chart());
        // Bars of one subject side by side would compare what has nothing to do with each other.
        if (!run.topic().equals("system")) return Optional.empty();
        return SYSTEM.entrySet().stream().filter(each -> each.getValue().matcher(figure.name()).matches()).map(Map.Entry::getKey).findFirst();
    }

    private static String file(Run run, String title) {
        return run.topic() + "-" + title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "") + ".svg";
    }
}
