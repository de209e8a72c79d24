package io.cardume.bench.page;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Writes {@code README.md} and charts beside the stored figures of benchmarks: {@code system.json} first, then all others of the directory.
 * A file that cannot be read is said on the page, and the others are written all the same.
 */
public final class Page {
    private static final String SYSTEM = "system";
    private static final String HOW = """
            Three hosts on one machine, each a set of namespaces with a real engine of its own; the images are there before. Cardume and swarm mode are on the
            same engines and have their turns one after the other in every round, the first one another each time; the engines alone have theirs just before.
            What is to be done is said with the same docker CLI on a unix socket, and timed from the start of the CLI's process; what came of it is asked every
            20 ms by the same calls of the API (10 ms while a manager starts; 50 ms, by the list, with 10,000 tasks). *Engines alone* is what the same containers take when they are created and started (or removed by force) by plain
            calls, four at once on each engine; for a call of the API it is the engine's `/_ping`, for creations a second it is appends to the disk a second,
            each synced by itself, and for the start of a manager it is that of an engine which is in no swarm.

            Numbers are medians, with the lowest and the highest in brackets where there is more than one sample. Ratios are of medians, Cardume's over the
            other's; those in bold are ahead of Swarm with spreads that do not overlap. All of this moves with the machine; the ratios move less.

            - Swarm's manager is the engine of the first host, which runs containers too. Memory and processor of swarm mode are what its engines have more than before
              it began, with as many containers and after as many had been removed; Cardume's are those of its processes, the whole of them. What Cardume
              makes the engines take is not counted for it. All is resident memory; *process* means the whole engine for Swarm.
            - All have their defaults where nothing is said. A container's first restart is at once with Cardume and after 5 s with Swarm; the same with a delay of
              0 is a figure of its own. A lost host is down after 5 s of silence with Cardume, and after some heartbeats (about 15 s) with Swarm.
            - The engines run without `live-restore`, which swarm mode refuses.
            - An update has parallelism 2 and, where it is broken, a rollback of parallelism 2, both start-first where not said otherwise. *Requests lost* is of a
              client that asks the twelve addresses of the beginning in turn.
            - Swarm is the first in odd rounds, Cardume in even ones and with the 10,000 tasks, which are one round. No round is for warming up.
            - The 10,000 tasks are replicas of one service whose constraint no node meets, for Cardume and for Swarm: they wait, and no engine has to do with them.
            - Calls of the API go over one kept connection: 300 for a service; 100 for the list of 100 tasks, which run meanwhile; 20 for that of 10,000, whose
              p99 is its slowest.
            - *Killed and started* is SIGKILL of the manager's process (for Swarm: the engine's) and the same command at once again.
            """;

    private final Path directory;
    private final StringBuilder text = new StringBuilder();
    private final List<String> unreadable = new ArrayList<>();

    private Page(Path directory) {
        this.directory = directory;
    }

    /** Argument: the directory. Prints the tables too. */
    public static void main(String[] arguments) throws IOException {
        new Page(Path.of(arguments[0])).write();
    }

    private void write() throws IOException {
        text.append("# Benchmarks\n\nThis page and its charts are written by `bin/bench` out of the figures beside it (`*.json`); what is written here by hand is lost with the next run.\n");
        for (Run run : runs()) {
            section(run);
        }
        if (!unreadable.isEmpty()) text.append("\n## Not readable\n\n").append(bullets(unreadable));
        Files.writeString(directory.resolve("README.md"), text);
        System.out.println(directory.resolve("README.md"));
    }

    private List<Run> runs() throws IOException {
        var runs = new ArrayList<Run>();
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList())
                try {
                    runs.add(Run.read(file));
                } catch (IOException | IllegalArgumentException e) {
                    unreadable.add(file.getFileName() + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
                }
        }
        runs.sort(Comparator.comparing((Run run) -> !run.topic().equals(SYSTEM)).thenComparing(Run::topic));
        return runs;
    }

    private void section(Run run) {
        text.append("\n## ").append(run.title()).append("\n\n");
        if (run.topic().equals(SYSTEM)) text.append(HOW).append("\n");
        if (!run.about().isEmpty()) text.append(run.about()).append("\n\n");
        text.append("| of the run | |\n|---|---|\n");
        if (!run.at().isEmpty()) row("date", run.at());
        if (!run.commit().isEmpty()) row("commit", run.commit());
        if (!run.command().isEmpty()) row("command", "`" + run.command() + "`");
        run.facts().forEach(this::row);
        var table = new Table(run);
        if (!run.names().isEmpty()) text.append("\n").append(table.markdown());
        if (!run.lines().isEmpty()) text.append("\n").append(String.join("\n", run.lines())).append("\n");
        if (!run.troubles().isEmpty()) text.append("\n**Troubles**\n\n").append(bullets(run.troubles().stream().map(each -> each.replaceAll("\\s+", " ")).toList()));
        run.figures().stream().filter(each -> !each.note().isEmpty())
                .map(each -> "\n" + each.name() + ", " + Table.called(each.subject()) + ": " + each.note() + "\n").distinct().forEach(text::append);
        if (!run.names().isEmpty()) System.out.println(run.title() + "\n\n" + table.markdown());
        if (!run.failures().isEmpty()) {
            text.append("\n**Not measured**, or not in every round:\n\n").append(bullets(run.failures().entrySet().stream()
                    .map(each -> each.getKey() + ": " + each.getValue().replaceAll("\\s+", " ")).toList()));
            System.out.println("Not measured, or not in every round: " + run.failures());
        }
        var subjects = run.subjects();
        if (subjects.contains("cardume") && subjects.contains("swarm")) {
            behind("Behind Swarm", table.behind("swarm", 0.02), "Nowhere by more than 2 %.");
            if (subjects.contains("floor")) behind("More than 5 % over the engines alone", table.behind("floor", 0.05), "Nowhere.");
        }
        charts(run);
    }

    private void charts(Run run) {
        try {
            for (var chart : Charts.of(run)) {
                chart.write(directory);
                text.append("\n![").append(chart.title()).append("](").append(chart.file()).append(")\n");
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            // Without fonts there are no charts; the figures are worth as much without.
            text.append("\nCharts could not be drawn: ").append(e).append("\n");
        }
    }

    private void behind(String title, List<String> lines, String none) {
        text.append("\n**").append(title).append("**\n\n").append(lines.isEmpty() ? none + "\n" : bullets(lines));
    }

    private void row(String key, String value) {
        text.append("| ").append(key).append(" | ").append(value).append(" |\n");
    }

    private static String bullets(List<String> lines) {
        return "- " + String.join("\n- ", lines) + "\n";
    }
}
