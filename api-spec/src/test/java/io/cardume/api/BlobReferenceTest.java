package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlobReferenceTest {
    @ParameterizedTest
    @CsvSource({
        "SECRET, password, /run/secrets/password",
        "SECRET, deep/password, /run/secrets/deep/password",
        "SECRET, /etc/password, /etc/password",
        "CONFIG, app.conf, /app.conf",
        "CONFIG, etc/app.conf, /etc/app.conf",
        "CONFIG, /etc//./app.conf, /etc/app.conf"
    })
    void relativeTargetsAreWhereSwarmPutsThem(BlobKind kind, String name, String target) {
        assertThat(new BlobReference(kind, new BlobId("x"), "n", file(name)).target()).isEqualTo(target);
    }

    @Test
    void ownerAndModeHaveTheEnginesDefaults() {
        var plain = new BlobReference(BlobKind.SECRET, new BlobId("x"), "n", new FileTarget("f", "", "", Optional.empty()));
        assertThat(plain.uid()).isZero();
        assertThat(plain.gid()).isZero();
        assertThat(plain.mode()).isEqualTo(0444);
    }

    @Test
    void twoFilesAtOneTargetAreRefused() {
        var container = ContainerSpec.of("a").with(
                List.of(secret("one", file("x")), secret("two", file("/run/secrets/x"))),
                List.of(config("three", file("run/secrets/x"))));
        assertThat(BlobReference.problems(container)).extracting(SpecProblem::toString).satisfiesExactly(
                words -> assertThat(words).contains("Secrets[1].File.Name").contains("secret 'two' and secret 'one' have a conflicting target: '/run/secrets/x'"),
                words -> assertThat(words).contains("Configs[0].File.Name").contains("config 'three' and secret 'one' have a conflicting target"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "a/", "../etc/passwd", "/a/../b", ".", "{{.Node.ID}}"})
    void targetThatIsNoFileIsRefused(String name) {
        assertThat(BlobReference.problems(ContainerSpec.of("a").with(List.of(secret("s", file(name))), List.of()))).singleElement()
                .satisfies(problem -> assertThat(problem.field()).isEqualTo("TaskTemplate.ContainerSpec.Secrets[0].File.Name"));
    }

    @ParameterizedTest
    @CsvSource({"root, 0, 292, UID", "0, -1, 292, GID", "0, 99999999999, 292, GID", "0, 0, 4096, Mode", "0, 0, -1, Mode"})
    void ownerAndModeAreNumbers(String uid, String gid, long mode, String field) {
        var file = new FileTarget("f", uid, gid, Optional.of(mode));
        assertThat(BlobReference.problems(ContainerSpec.of("a").with(List.of(secret("s", file)), List.of()))).singleElement()
                .satisfies(problem -> assertThat(problem.field()).endsWith("File." + field));
    }

    @Test
    void configThatIsNotForTheContainerIsNotBuilt() {
        var container = ContainerSpec.of("a").with(List.of(), List.of(new ConfigReference(Optional.empty(), "x", "credentials")));
        assertThat(BlobReference.problems(container)).singleElement().matches(SpecProblem::notBuilt);
    }

    private static FileTarget file(String name) {
        return new FileTarget(name, "0", "0", Optional.of(0444L));
    }

    private static SecretReference secret(String name, FileTarget file) {
        return new SecretReference(Optional.of(file), "id-" + name, name);
    }

    private static ConfigReference config(String name, FileTarget file) {
        return new ConfigReference(Optional.of(file), "id-" + name, name);
    }
}
