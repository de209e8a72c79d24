package io.cardume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The picture of the rooms in {@code docs/architecture.md}, held against the sources: which room may use which, which
 * library is known to which room, what the pure rooms never touch. What is found is said with file and line.
 */
class TidyTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final String OURS = "io.cardume.";

    /** Every room, with the rooms it may use. A room may use any room further in. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            room("api"),
            room("api.trust", "api"),
            room("api.link", "api.trust", "api"),
            room("manager.cluster", "api.trust", "api"),
            room("manager.trust", "manager.cluster", "api.trust", "api"),
            room("manager.plan", "api.trust", "manager.cluster", "api"),
            room("manager.compose", "api"),
            room("manager.store", "api.trust", "manager.cluster", "api"),
            room("manager.loop", "api.trust", "manager.plan", "manager.store", "manager.cluster", "api.link", "api"),
            room("manager.gate", "api"),
            room("manager.link", "api.trust", "manager.trust", "manager.gate", "manager.loop", "manager.cluster", "api.link", "api"),
            room("manager.http", "api.trust", "manager.trust", "manager.compose", "manager.gate", "manager.link", "manager.loop", "manager.plan", "manager.cluster", "api.link", "api"),
            room("manager", "api.trust", "manager.trust", "manager.gate", "manager.http", "manager.link", "manager.loop", "manager.store", "manager.plan",
                    "manager.cluster", "api.link", "api"),
            room("agent.trust", "api.trust", "api"),
            room("agent.task", "api.link", "api"),
            room("agent.engine", "agent.task", "api.link", "api"),
            room("agent.files", "api.link", "api"),
            room("agent.net", "api"),
            room("agent.balance", "agent.net", "api.link", "api"),
            room("agent.names", "api.link", "api"),
            room("agent.door", "api.link", "api"),
            room("agent.probe", "agent.task", "api.link", "api"),
            room("agent.link", "agent.trust", "agent.task", "api.trust", "api.link", "api"),
            room("agent.loop", "api.trust", "agent.balance", "agent.door", "agent.engine", "agent.files", "agent.names", "agent.net", "agent.probe", "agent.link", "agent.task", "api.link", "api"),
            room("agent", "api.trust", "agent.trust", "agent.loop", "agent.balance", "agent.door", "agent.engine", "agent.files", "agent.names", "agent.net", "agent.probe", "agent.link", "agent.task", "api.link", "api"),
            room("cli", "api.trust", "agent", "agent.door", "manager", "manager.gate", "manager.http", "manager.plan", "api.link", "api"),
            room("bench.page"),
            room("bench", "bench.page", "api.trust", "agent.trust", "manager.gate", "manager.trust", "manager.link", "manager.loop", "manager.plan", "manager.store", "manager.cluster", "agent.balance", "agent.door", "api.link", "api"),
            room("bench.scale", "bench.page", "manager.loop", "manager.plan", "manager.store", "manager.cluster", "agent.link", "agent.trust", "api.trust", "api.link", "api"));

    /** Libraries that are known to some rooms only. */
    private static final Map<String, Set<String>> KNOWN_TO = Map.ofEntries(
            Map.entry("com.github.dockerjava", Set.of("agent.engine")),
            Map.entry("org.apache.ratis", Set.of("manager.store")),
            Map.entry("io.javalin", Set.of("manager.http", "manager.link")),
            Map.entry("org.eclipse.jetty", Set.of("manager.gate", "manager.http", "manager.link")),
            Map.entry("jakarta.servlet", Set.of("manager.gate", "manager.http", "manager.link")),
            Map.entry("org.bouncycastle", Set.of("manager.trust")),
            Map.entry("io.prometheus", Set.of("manager.http")),
            Map.entry("org.snakeyaml", Set.of("manager.compose")),
            Map.entry("io.undertow", Set.of("agent.door")),
            Map.entry("org.xnio", Set.of("agent.door")),
            Map.entry("org.xbill", Set.of("agent.names")),
            Map.entry("org.jfree", Set.of("bench.page")),
            Map.entry("org.apache.batik", Set.of("bench.page")),
            Map.entry("picocli", Set.of("cli")),
            Map.entry("ch.qos.logback", Set.of("cli")));

    private static final Set<String> PURE = Set.of("manager.cluster", "manager.plan", "agent.task");

    /** What a pure room never touches: clocks, chance, threads, locks, files, sockets, JSON, logs. */
    private static final Pattern IMPURE = Pattern.compile(
            "\\b(java\\.io\\.|java\\.net\\.|java\\.nio\\.(?!charset)|java\\.util\\.concurrent\\.|java\\.util\\.(random|Random|Timer)"
                    + "|java\\.util\\.UUID|java\\.security\\.SecureRandom|java\\.time\\.(Clock|InstantSource)|com\\.fasterxml\\.|org\\.slf4j\\.|java\\.util\\.logging\\."
                    + "|System\\.(nanoTime|currentTimeMillis|getenv|getProperty|out|err)\\b|Math\\.random|(Instant|LocalDate|LocalDateTime|ZonedDateTime|OffsetDateTime)\\.now\\("
                    + "|new Thread\\b|Thread\\.|synchronized\\b|volatile\\b|new Random\\b)");

    private static final Pattern NAME = Pattern.compile("\\b[a-z]\\w*(?:\\.[a-z]\\w*)+(?=\\.[A-Z*])|\\bpicocli\\b(?=\\.)");

    private static Map.Entry<String, Set<String>> room(String name, String... uses) {
        return Map.entry(name, Set.of(uses));
    }

    @Test
    void everyRoomKeepsToItsPlace() throws IOException {
        var found = new ArrayList<String>();
        for (Path file : sources("main")) found.addAll(found(file, Files.readAllLines(file)));
        assertThat(found).isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIs() throws IOException {
        var packages = new TreeSet<Path>();
        for (Path file : sources("main")) packages.add(file.getParent());
        assertThat(packages).isNotEmpty().allSatisfy(directory -> assertThat(directory.resolve("package-info.java"))
                .content()
                .startsWith("/**"));
    }

    @Test
    void testsNeitherSleepNorPretendNorSkip() throws IOException {
        var forbidden = Pattern.compile("@Disabled\\b|\\bThread\\.sleep\\(|org\\.mockito\\b|\\bassume(True|That|False)\\(");
        var found = new ArrayList<String>();
        for (Path file : sources("test")) {
            if (file.endsWith("TidyTest.java")) continue;
            var lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++)
                if (forbidden.matcher(code(lines.get(i))).find()) found.add(where(file, i) + lines.get(i).strip());
        }
        assertThat(found).isEmpty();
    }

    @Test
    void whatIsOutOfPlaceIsFound() {
        var rules = new TreeMap<String, String>(Map.of(
                "manager/cluster/A.java", "import io.cardume.manager.plan.Planner;",
                "manager/plan/B.java", "        var now = Instant.now();",
                "manager/http/C.java", "import io.cardume.manager.store.Store;",
                "manager/loop/D.java", "import io.javalin.http.Context;",
                "agent/task/E.java", "    org.slf4j.Logger log;",
                "agent/loop/F.java", "import static com.github.dockerjava.api.model.Ports.Binding;",
                "agent/link/G.java", "import io.cardume.agent.engine.ContainerEngine;",
                "api/H.java", "import io.cardume.manager.cluster.Task;"));
        rules.forEach((path, line) -> assertThat(found(Path.of("/src/main/java/io/cardume", path), List.of("package x;", line)))
                .as(path)
                .singleElement()
                .asString()
                .contains(path + ":2"));
    }

    @Test
    void whatIsInPlaceIsNotFound() {
        var lines = List.of("import io.cardume.api.TaskId;", "import java.util.List;", "/** See Instant.now(). */", " * Thread.sleep", "// new Thread(");
        assertThat(found(Path.of("/src/main/java/io/cardume/manager/plan/A.java"), lines)).isEmpty();
    }

    /** What is out of place in a source file, each with file and line. */
    private static List<String> found(Path file, List<String> lines) {
        var room = room(file);
        var found = new ArrayList<String>();
        if (!MAY_USE.containsKey(room)) return List.of(file + ": " + room + " is not a room; give it its sentence first");
        for (int i = 0; i < lines.size(); i++) {
            var line = code(lines.get(i));
            if (line.startsWith("package ")) continue;
            if (PURE.contains(room) && IMPURE.matcher(line).find())
                found.add(where(file, i) + room + " touches the world: " + line.strip());
            else for (String name : NAME.matcher(line).results().map(MatchResult::group).toList())
                if (isMisplaced(room, name)) found.add(where(file, i) + room + " uses " + name);
        }
        return found;
    }

    private static boolean isMisplaced(String room, String name) {
        if (name.startsWith(OURS)) {
            var used = name.substring(OURS.length());
            return !used.equals(room) && !MAY_USE.get(room).contains(used);
        }
        return KNOWN_TO.entrySet().stream()
                .anyMatch(known -> (name + ".").startsWith(known.getKey() + ".") && !known.getValue().contains(room));
    }

    private static String room(Path file) {
        var path = file.getParent().toString().replace('\\', '/');
        return path.substring(path.lastIndexOf("io/cardume/") + "io/cardume/".length()).replace('/', '.');
    }

    /** A line without its comment and without what stands between quotes. */
    private static String code(String line) {
        var start = line.stripLeading();
        if (start.startsWith("*") || start.startsWith("/*")) return "";
        return line.replaceAll("\"(\\\\.|[^\"\\\\])*\"", "\"\"").replaceAll("//.*", "");
    }

    private static String where(Path file, int index) {
        return file + ":" + (index + 1) + ": ";
    }

    private static List<Path> sources(String kind) throws IOException {
        var all = new ArrayList<Path>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.sorted().toList()) {
                var sources = module.resolve("src").resolve(kind).resolve("java");
                if (!Files.isDirectory(sources)) continue;
                try (Stream<Path> files = Files.walk(sources)) {
                    files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(all::add);
                }
            }
        }
        assertThat(all).as("sources below %s", ROOT).isNotEmpty();
        return all;
    }
}
