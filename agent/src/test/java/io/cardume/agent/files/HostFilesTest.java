package io.cardume.agent.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.FileTarget;
import io.cardume.api.Mount;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.AssignedTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real disk, and on the memory that every Linux has at /dev/shm. */
class HostFilesTest {
    @TempDir
    Path disk;

    private Path memory;
    private HostFiles files;
    private int own;

    @BeforeEach
    void find() throws IOException {
        memory = Files.createTempDirectory(Path.of("/dev/shm"), "cardume-test").resolve("node");
        files = new HostFiles(disk.resolve("configs"), memory);
        own = (Integer) Files.getAttribute(disk, "unix:uid");
    }

    @AfterEach
    void leaveNothing() throws IOException {
        files.keepOnly(Set.of());
        Files.deleteIfExists(memory);
        Files.deleteIfExists(memory.getParent());
    }

    @Test
    void secretsAreInMemoryAndConfigsOnTheDisk() throws Exception {
        var task = files.prepared(task("a"), List.of(
                given(BlobKind.SECRET, "pw", "hunter2", false), given(BlobKind.CONFIG, "app.conf", "x=1", false),
                given(BlobKind.CONFIG, "filled.conf", "pw=hunter2", true)));

        assertThat(mounts(task)).extracting(Mount::target).containsExactly("/run/secrets/pw", "/app.conf", "/filled.conf");
        assertThat(mounts(task)).allMatch(mount -> mount.type().equals("bind") && mount.readOnly().orElse(false));
        assertThat(sources(task)).satisfiesExactly(
                secret -> assertThat(secret).hasContent("hunter2").startsWithRaw(memory),
                config -> assertThat(config).hasContent("x=1").startsWithRaw(disk),
                filled -> assertThat(filled).hasContent("pw=hunter2").startsWithRaw(memory));
        assertThat(Files.getFileStore(sources(task).getFirst()).type()).isEqualTo("tmpfs");
        assertThat(Files.getAttribute(memory, "unix:mode")).isEqualTo(040700);
        assertThat(Files.getAttribute(disk.resolve("configs"), "unix:mode")).isEqualTo(040700);
    }

    @Test
    void ownerAndModeAreAsAskedOrItIsSaidWhyNot() throws Exception {
        var file = new FileTarget("pw", "1234", "1235", Optional.of(0400L));
        var given = new GivenFile(new BlobReference(BlobKind.SECRET, new BlobId("b1"), "pw", file), Optional.of(payload("x")), false);
        if (own == 0) {
            var path = sources(files.prepared(task("a"), List.of(given))).getFirst();
            assertThat(Files.readAttributes(path, "unix:uid,gid,mode"))
                    .containsEntry("uid", 1234).containsEntry("gid", 1235).containsEntry("mode", 0100400);
        } else
            assertThatThrownBy(() -> files.prepared(task("a"), List.of(given))).isInstanceOf(FilesException.class)
                    .hasMessageContaining("cannot be made that of user 1234 and group 1235: run the agent as root");
    }

    @Test
    void whatIsLostOrChangedIsMadeAgainAndWhatIsNotStays() throws Exception {
        var given = List.of(given(BlobKind.SECRET, "pw", "hunter2", false), given(BlobKind.SECRET, "key", "k", false));
        var sources = sources(files.prepared(task("a"), given));
        var kept = Files.getAttribute(sources.get(1), "unix:ino");
        Files.delete(sources.getFirst());
        assertThat(sources(files.prepared(task("a"), given))).isEqualTo(sources);
        assertThat(sources.getFirst()).hasContent("hunter2");
        Files.writeString(sources.getFirst(), "other");
        files.prepared(task("a"), given);
        assertThat(sources.getFirst()).hasContent("hunter2");
        assertThat(Files.getAttribute(sources.get(1), "unix:ino")).isEqualTo(kept);
    }

    @Test
    void filesGoWithTheirTask() throws Exception {
        var given = List.of(given(BlobKind.SECRET, "pw", "x", false), given(BlobKind.CONFIG, "c", "x", false));
        for (String name : List.of("a", "b", "c")) files.prepared(task(name), given);
        files.remove(new TaskId("a"));
        files.remove(new TaskId("a"));
        assertThat(left()).containsExactly("b", "b", "c", "c");
        files.keepOnly(Set.of(new TaskId("c")));
        assertThat(left()).containsExactly("c", "c");
    }

    @Test
    void whatTheManagerHasNoMoreIsSaid() {
        var gone = new GivenFile(given(BlobKind.SECRET, "pw", "x", false).reference(), Optional.empty(), false);
        assertThatThrownBy(() -> files.prepared(task("a"), List.of(gone))).isInstanceOf(FilesException.class)
                .hasMessage("secret 'pw' is no more, or its template gets too long when it is filled in");
    }

    @Test
    void memoryThatCannotBeHadIsSaid() {
        var nowhere = new HostFiles(disk, Path.of("/proc/cardume"));
        assertThatThrownBy(() -> nowhere.prepared(task("a"), List.of(given(BlobKind.SECRET, "pw", "x", false))))
                .isInstanceOf(FilesException.class).hasMessageStartingWith("secret 'pw' cannot be given to the container: ");
    }

    @Test
    void aTaskWithoutFilesIsLeftAlone() throws Exception {
        var task = task("a");
        assertThat(files.prepared(task, List.of())).isSameAs(task);
        assertThat(memory).doesNotExist();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> onDisk = Files.list(disk.resolve("configs")); Stream<Path> inMemory = Files.list(memory)) {
            return Stream.concat(onDisk, inMemory).map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static List<Mount> mounts(AssignedTask task) {
        return task.spec().containerSpec().mounts();
    }

    private static List<Path> sources(AssignedTask task) {
        return mounts(task).stream().map(mount -> Path.of(mount.source().orElseThrow())).toList();
    }

    private static GivenFile given(BlobKind kind, String name, String data, boolean filled) {
        var file = new FileTarget(name, "", "", Optional.empty());
        var reference = new BlobReference(kind, new BlobId("id-" + name), name, own(file));
        return new GivenFile(reference, Optional.of(payload(data)), filled);
    }

    /** Owned by whoever runs the test. */
    private static FileTarget own(FileTarget file) {
        try {
            var home = Path.of("/proc/self");
            return new FileTarget(file.name(), Files.getAttribute(home, "unix:uid").toString(),
                    Files.getAttribute(home, "unix:gid").toString(), file.mode());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Payload payload(String text) {
        return Payload.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static AssignedTask task(String name) {
        return AssignedTask.of(new TaskId(name), new ServiceId("s"), "web", "1", DesiredState.RUNNING,
                TaskSpec.EMPTY.with(ContainerSpec.of("web:1")), List.of(), new TreeMap<>());
    }
}
