import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The libraries in a directory of jars, as their own metadata has them: printed, and as CycloneDX JSON. A jar that says nothing of itself goes
 * by its file's name, and by its place in Maven's repository on this machine.
 */
final class Dependencies {
    private static final Pattern NAMED = Pattern.compile("(.+?)-([0-9][^/]*)\\.jar");
    private static final Pattern LICENCE = Pattern.compile("(?s)<license>.*?<name>\\s*(.*?)\\s*</name>");

    private record Library(String group, String name, String version, String licence, String sha256) {
        String purl() {
            return "pkg:maven/" + (group.isEmpty() ? "" : group + "/") + name + "@" + version;
        }

        String json() {
            return "{\"type\":\"library\"" + (group.isEmpty() ? "" : ",\"group\":\"" + group + "\"") + ",\"name\":\"" + name + "\",\"version\":\"" + version
                    + "\",\"purl\":\"" + purl() + "\",\"bom-ref\":\"" + purl() + "\",\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"" + sha256 + "\"}]"
                    + (licence.isEmpty() ? "" : ",\"licenses\":[{\"license\":{\"name\":\"" + licence.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}}]") + "}";
        }
    }

    public static void main(String[] arguments) throws Exception {
        var libraries = new TreeMap<String, Library>();
        try (var files = Files.list(Path.of(arguments[0]))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList())
                for (Library library : read(file)) libraries.put(library.group() + ":" + library.name() + ":" + library.version(), library);
        }
        libraries.values().forEach(library -> System.out.printf(Locale.ROOT, "%-70s %-20s %s %s%n",
                library.group() + ":" + library.name(), library.version(), library.sha256().substring(0, 16), library.licence()));
        var components = new ArrayList<String>();
        libraries.values().forEach(library -> components.add(library.json()));
        Files.writeString(Path.of(arguments[1]), "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\"metadata\":{\"component\":"
                + "{\"type\":\"application\",\"name\":\"cardume\"}},\"components\":[\n" + String.join(",\n", components) + "\n]}\n");
        System.out.println(libraries.size() + " libraries, written to " + arguments[1]);
    }

    /** A jar may hold several: those that were put into it whole say so by their own metadata. */
    private static List<Library> read(Path file) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        var sha256 = HexFormat.of().formatHex(digest.digest());
        var found = new ArrayList<Library>();
        try (var jar = new JarFile(file.toFile())) {
            for (var entry : jar.stream().filter(entry -> entry.getName().matches("META-INF/maven/[^/]+/[^/]+/pom.properties")).toList()) {
                var said = new Properties();
                try (InputStream in = jar.getInputStream(entry)) {
                    said.load(in);
                }
                found.add(new Library(said.getProperty("groupId", ""), said.getProperty("artifactId", ""), said.getProperty("version", ""),
                        licence(jar, entry.getName().replace("pom.properties", "pom.xml")), sha256));
            }
            if (!found.isEmpty()) return found;
            Matcher named = NAMED.matcher(file.getFileName().toString());
            var attributes = jar.getManifest() == null ? null : jar.getManifest().getMainAttributes();
            var licence = attributes == null || attributes.getValue("Bundle-License") == null ? "" : attributes.getValue("Bundle-License");
            if (named.matches()) return List.of(new Library(group(named.group(1), named.group(2)), named.group(1), named.group(2), licence, sha256));
            return List.of(new Library("", file.getFileName().toString(), "", licence, sha256));
        }
    }

    /** Where Maven's own repository on this machine has it; "" if it has not. */
    private static String group(String name, String version) throws IOException {
        var repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
        if (!Files.isDirectory(repository)) return "";
        var end = Path.of(name, version, name + "-" + version + ".jar");
        try (var files = Files.find(repository, 12, (file, _) -> file.endsWith(end))) {
            return files.sorted().findFirst().map(file -> repository.relativize(file.getParent().getParent().getParent()).toString().replace('/', '.')).orElse("");
        }
    }

    private static String licence(JarFile jar, String pom) throws IOException {
        var entry = jar.getEntry(pom);
        if (entry == null) return "";
        try (InputStream in = jar.getInputStream(entry)) {
            Matcher licence = LICENCE.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return licence.find() ? licence.group(1) : "";
        }
    }
}
