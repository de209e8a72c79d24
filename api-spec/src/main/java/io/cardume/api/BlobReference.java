package io.cardume.api;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A secret or config of a container, whichever it is.
 *
 * @param kind which of the two
 * @param id its id, which decides
 * @param name its name when the reference was made
 * @param file as which file; one with no name is none
 */
public record BlobReference(BlobKind kind, BlobId id, String name, FileTarget file) {
    private static final long READABLE = 0444;
    private static final long MODES = 07777;
    private static final long MOST_ID = Integer.MAX_VALUE;
    private static final String CONTAINER = "TaskTemplate.ContainerSpec.";

    /** All references of a container that is right: secrets first, in the order given. */
    public static List<BlobReference> of(ContainerSpec container) {
        var all = new ArrayList<BlobReference>();
        container.secrets().forEach(secret -> all.add(of(secret)));
        container.configs().forEach(config -> all.add(of(config)));
        return Collections.unmodifiableList(all);
    }

    private static BlobReference of(SecretReference secret) {
        return new BlobReference(BlobKind.SECRET, new BlobId(secret.secretId()), secret.secretName(), secret.file().orElseThrow());
    }

    private static BlobReference of(ConfigReference config) {
        return new BlobReference(BlobKind.CONFIG, new BlobId(config.configId()), config.configName(), config.file().orElseThrow());
    }

    /** The file's absolute path in the container. */
    public String target() {
        return target(kind, file.name());
    }

    private static String target(BlobKind kind, String name) {
        return Path.of(kind.directory()).resolve(name).normalize().toString();
    }

    /** The owner's number. */
    public int uid() {
        return file.uid().isEmpty() ? 0 : Integer.parseInt(file.uid());
    }

    /** The group's number. */
    public int gid() {
        return file.gid().isEmpty() ? 0 : Integer.parseInt(file.gid());
    }

    /** The permission bits. */
    public int mode() {
        return file.mode().orElse(READABLE).intValue();
    }

    /** The same reference to another version. */
    public BlobReference to(BlobId other, String otherName) {
        return new BlobReference(kind, other, otherName, file);
    }

    /** A container with these references instead of its own. */
    public static ContainerSpec in(ContainerSpec container, List<BlobReference> references) {
        var secrets = new ArrayList<SecretReference>();
        var configs = new ArrayList<ConfigReference>();
        for (BlobReference one : references)
            switch (one.kind) {
                case SECRET -> secrets.add(new SecretReference(Optional.of(one.file), one.id.value(), one.name));
                case CONFIG -> configs.add(new ConfigReference(Optional.of(one.file), one.id.value(), one.name));
            }
        return container.with(secrets, configs);
    }

    /** What is wrong with a container's references, whatever there is in the cluster; empty if nothing is. */
    static List<SpecProblem> problems(ContainerSpec container) {
        var check = new Check();
        container.mounts().forEach(mount -> check.taken.put(mount.target(), "a mount"));
        for (int i = 0; i < container.secrets().size(); i++) {
            var secret = container.secrets().get(i);
            check.one(BlobKind.SECRET, CONTAINER + "Secrets[" + i + "]", secret.secretId(), secret.secretName(), secret.file());
        }
        for (int i = 0; i < container.configs().size(); i++) {
            var config = container.configs().get(i);
            check.one(BlobKind.CONFIG, CONTAINER + "Configs[" + i + "]", config.configId(), config.configName(), config.file());
        }
        return check.problems;
    }

    private static final class Check {
        private final List<SpecProblem> problems = new ArrayList<>();
        /** What is at each path of the container. */
        private final TreeMap<String, String> taken = new TreeMap<>();

        void one(BlobKind kind, String path, String id, String name, Optional<FileTarget> file) {
            var word = kind == BlobKind.SECRET ? "Secret" : "Config";
            if (id.isEmpty()) wrong(path + "." + word + "ID", "", "the id of a " + kind.word() + ": malformed " + kind.word() + " reference");
            if (name.isEmpty()) wrong(path + "." + word + "Name", "", "the name of the " + kind.word() + ": malformed " + kind.word() + " reference");
            if (file.isEmpty() && kind == BlobKind.CONFIG) {
                problems.add(new SpecProblem(true, path + ".File", "it is missing, and configs for the engine instead of the container are not built yet"));
                return;
            }
            if (file.isEmpty()) {
                problems.add(SpecProblem.wrong(path + ".File", "it is missing: malformed " + kind.word() + " reference, no target provided"));
                return;
            }
            number(path + ".File.UID", file.get().uid());
            number(path + ".File.GID", file.get().gid());
            file.get().mode().filter(mode -> mode < 0 || mode > MODES)
                    .ifPresent(mode -> wrong(path + ".File.Mode", mode.toString(), "permission bits, 0 to 4095 (292 is 0444)"));
            target(kind, path + ".File.Name", name, file.get().name());
        }

        private void target(BlobKind kind, String path, String name, String given) {
            boolean usable = !given.isEmpty() && !given.endsWith("/") && !given.contains("{{") && isPath(given)
                    && !List.of(given.split("/")).contains("..") && !List.of("/", kind.directory()).contains(BlobReference.target(kind, given));
            if (!usable) {
                wrong(path, given, "a file's path, absolute or relative to " + kind.directory() + ", without .. and {{: malformed file "
                        + kind.word() + " reference, invalid target file name provided");
                return;
            }
            var at = BlobReference.target(kind, given);
            var other = taken.putIfAbsent(at, kind.word() + " '" + name + "'");
            if (other != null)
                wrong(path, given, "a path of its own: " + kind.word() + " '" + name + "' and " + other + " have a conflicting target: '" + at + "'");
        }

        private static boolean isPath(String text) {
            try {
                Path.of(text);
                return true;
            } catch (InvalidPathException e) {
                return false;
            }
        }

        private void number(String path, String text) {
            if (text.isEmpty() || text.matches("[0-9]{1,10}") && Long.parseLong(text) <= MOST_ID) return;
            wrong(path, text, "a number from 0 to " + MOST_ID + " as text");
        }

        private void wrong(String path, String value, String allowed) {
            problems.add(SpecProblem.wrong(path, "\"" + WireReader.shown(value) + "\" is not allowed; it is " + allowed));
        }
    }
}
