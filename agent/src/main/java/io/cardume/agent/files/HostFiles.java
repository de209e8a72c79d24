package io.cardume.agent.files;

import io.cardume.api.BlobReference;
import io.cardume.api.Mount;
import io.cardume.api.Payload;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files on the agent's host, in a directory per task: secrets, and templates that may hold one, in memory; other configs
 * on the disk.
 */
public final class HostFiles implements TaskFiles {
    private static final Logger LOG = LoggerFactory.getLogger(HostFiles.class);
    private static final int PERMISSIONS = 07777;

    private final Path disk;
    private final MemoryDirectory memory;
    private final Path memoryPath;

    /**
     * @param disk where configs are, absolute
     * @param memory where secrets are, absolute
     */
    public HostFiles(Path disk, Path memory) {
        this.disk = disk;
        this.memory = new MemoryDirectory(memory);
        this.memoryPath = memory;
    }

    @Override
    public AssignedTask prepared(AssignedTask task, List<GivenFile> files) throws FilesException {
        if (files.isEmpty()) return task;
        var container = task.spec().containerSpec();
        var mounts = new ArrayList<>(container.mounts());
        for (int i = 0; i < files.size(); i++) mounts.add(mount(present(task.id(), i, files.get(i)), files.get(i).reference()));
        return task.of(task.spec().with(container.with(container.env(), container.hostname(), mounts)));
    }

    private static Mount mount(Path file, BlobReference reference) {
        return new Mount("bind", Optional.of(file.toString()), reference.target(), Optional.of(true), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty());
    }

    private Path present(TaskId task, int number, GivenFile given) throws FilesException {
        var data = given.data().orElseThrow(() -> new FilesException(
                given.words() + " is no more, or its template gets too long when it is filled in"));
        try {
            var directory = directory(given.inMemory() ? memory.present() : present(disk), task);
            var file = directory.resolve(number + "-" + given.reference().id());
            if (!isAsWanted(file, data, given.reference())) write(file, data, given.reference());
            return file;
        } catch (IOException | UnsupportedOperationException e) {
            throw new FilesException(given.words() + " cannot be given to the container: " + words(e), e);
        }
    }

    private static boolean isAsWanted(Path file, Payload data, BlobReference reference) throws IOException {
        if (!Files.isRegularFile(file)) return false;
        Map<String, Object> known = Files.readAttributes(file, "unix:uid,gid,mode");
        return known.get("uid").equals(reference.uid())
                && known.get("gid").equals(reference.gid())
                && ((Integer) known.get("mode") & PERMISSIONS) == reference.mode()
                && Arrays.equals(Files.readAllBytes(file), data.bytes());
    }

    /** Written beside and renamed: nobody sees it half, or with another owner. */
    private static void write(Path file, Payload data, BlobReference reference) throws IOException {
        var beside = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(beside);
        Files.createFile(beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(beside, data.bytes(), StandardOpenOption.WRITE);
        own(beside, reference);
        Files.setAttribute(beside, "unix:mode", reference.mode());
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void own(Path file, BlobReference reference) throws IOException {
        try {
            if (!Files.getAttribute(file, "unix:uid").equals(reference.uid())) Files.setAttribute(file, "unix:uid", reference.uid());
            if (!Files.getAttribute(file, "unix:gid").equals(reference.gid())) Files.setAttribute(file, "unix:gid", reference.gid());
        } catch (FileSystemException e) {
            throw new IOException("the file cannot be made that of user " + reference.uid() + " and group " + reference.gid()
                    + ": run the agent as root", e);
        }
    }

    private static Path directory(Path root, TaskId task) throws IOException {
        return present(root.resolve(task.value()));
    }

    private static Path present(Path directory) throws IOException {
        if (!Files.isDirectory(directory))
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return directory;
    }

    private static String words(Exception e) {
        if (e instanceof AccessDeniedException denied) return denied.getFile() + ": permission denied; run the agent as root";
        return e instanceof FileSystemException || e.getMessage() == null ? e.toString() : e.getMessage();
    }

    @Override
    public void remove(TaskId task) {
        for (Path root : roots()) delete(root.resolve(task.value()));
    }

    @Override
    public void keepOnly(Set<TaskId> tasks) {
        for (Path root : roots()) {
            try (Stream<Path> all = Files.list(root)) {
                all.filter(directory -> !tasks.contains(new TaskId(directory.getFileName().toString()))).forEach(HostFiles::delete);
            } catch (IOException | UncheckedIOException e) {
                LOG.warn("{} cannot be listed: {}", root, e.getMessage());
            }
        }
    }

    private List<Path> roots() {
        return Stream.of(disk, memoryPath).filter(Files::isDirectory).toList();
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) return;
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} cannot be removed: {}", directory, e.getMessage());
        }
    }
}
