package io.cardume.manager.loop;

import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ConfigReference;
import io.cardume.api.FileTarget;
import io.cardume.api.FollowLabels;
import io.cardume.api.Payload;
import io.cardume.api.SecretReference;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.BlobUse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlobCommandsTest extends CommandScene {
    @BeforeEach
    void form() throws Refusal {
        done(init());
    }

    @Test
    void nameIsTakenOncePerKind() throws Refusal {
        done(new CreateBlob(BlobKind.SECRET, blob("a", "", "1")));
        assertRefused(new CreateBlob(BlobKind.SECRET, blob("a", "", "2")), Refusal.Kind.CONFLICT,
                "rpc error: code = AlreadyExists desc = secret a already exists");
        done(new CreateBlob(BlobKind.CONFIG, blob("a", "", "2")));
        done(new RemoveBlob(state.blobNamed(BlobKind.SECRET, "a").get().id()));
        assertThat(state.blobNamed(BlobKind.SECRET, "a")).isEmpty();
        done(new CreateBlob(BlobKind.SECRET, blob("a", "", "3")));
    }

    @Test
    void onlyLabelsMayChange() throws Refusal {
        var id = done(new CreateBlob(BlobKind.CONFIG, blob("a", "", "1")));
        var labelled = blob("a", "", "1").labels(new TreeMap<>(Map.of("x", "y")));
        done(new UpdateBlob(id, version(id), labelled.hidden()));
        assertThat(state.blob(id).get().spec()).isEqualTo(labelled);
        done(new UpdateBlob(id, version(id), labelled));
        for (BlobSpec other : List.of(blob("b", "", "1"), blob("a", "", "2")))
            assertRefused(new UpdateBlob(id, version(id), other), Refusal.Kind.INVALID, "only updates to Labels are allowed");
        assertRefused(new UpdateBlob(id, version(id), blob("a", "n", "1")), Refusal.Kind.INVALID, "cardume.name");
        assertRefused(new UpdateBlob(id, 1, labelled), Refusal.Kind.OUT_OF_SEQUENCE, "out of sequence");
    }

    @Test
    void whatAServiceRefersToMustBeThere() throws Refusal {
        var config = config("a", "", "1");
        assertRefused(new CreateService(using("web", "", new BlobId("nowhere"), "a")), Refusal.Kind.INVALID, "config not found: a");
        assertRefused(new CreateService(using("web", "", config, "b")), Refusal.Kind.INVALID, "config not found: b");
        var secret = done(new CreateBlob(BlobKind.SECRET, blob("s", "", "1")));
        assertRefused(new CreateService(using("web", "", secret, "s")), Refusal.Kind.INVALID, "config not found: s");
        var id = done(new CreateService(using("web", "", config, "a")));
        assertRefused(new UpdateService(id, state.service(id).get().version(), using("web", "", new BlobId("nowhere"), "c")),
                Refusal.Kind.INVALID, "config not found: c");
        assertRefused(new DeclareService(using("web", "", new BlobId("nowhere"), "c")), Refusal.Kind.INVALID, "config not found: c");
    }

    @Test
    void whatIsInUseIsNotRemoved() throws Refusal {
        var config = config("a", "", "1");
        var web = done(new CreateService(using("web", "", config, "a")));
        done(new CreateService(using("api", "", config, "a")));
        assertThat(BlobUse.of(state, config)).extracting(use -> use.service().name()).containsExactly("api", "web");
        assertRefused(new RemoveBlob(config), Refusal.Kind.INVALID, "config 'a' is in use by the following services: api, web");
        done(new RemoveService(state.serviceNamed("api").get().id()));
        assertRefused(new RemoveBlob(config), Refusal.Kind.INVALID, "config 'a' is in use by the following service: web");
        done(new RemoveService(web));
        done(new RemoveBlob(config));
    }

    @Test
    void rollbackToWhatIsGoneIsRefused() throws Refusal {
        var first = config("a", "", "1");
        var id = done(new CreateService(using("web", "", first, "a")));
        done(new UpdateService(id, state.service(id).get().version(), service("web", 1)));
        done(new RemoveBlob(first));
        assertRefused(rollback(id), Refusal.Kind.INVALID, "config not found: a");
    }

    @Test
    void followerMovesToEachNewVersion() throws Refusal {
        var first = config("app.v1", "app", "1");
        var id = done(new CreateService(using("web", "app", first, "app.v1")));
        var other = done(new CreateService(using("other", "", first, "app.v1")));
        var second = config("app.v2", "app", "2");

        assertThat(refersTo(id)).isEqualTo(second);
        assertThat(state.service(id).get().spec().taskTemplate().containerSpec().configs().getFirst())
                .isEqualTo(new ConfigReference(Optional.of(file()), second.value(), "app.v2"));
        assertThat(state.service(id).get().revision()).isEqualTo(2);
        assertThat(state.service(id).get().version()).isEqualTo(state.version());
        assertThat(refersTo(other)).isEqualTo(first);
        done(new CreateBlob(BlobKind.SECRET, blob("app.v3", "app", "3")));
        config("unrelated", "", "4");
        assertThat(refersTo(id)).isEqualTo(second);
    }

    @Test
    void rollbackRestoresTheOldVersionUntilANewerAppears() throws Refusal {
        var first = config("app.v1", "app", "1");
        var id = done(new CreateService(using("web", "app", first, "app.v1")));
        var second = config("app.v2", "app", "2");
        done(rollback(id));
        assertThat(refersTo(id)).isEqualTo(first);

        done(new UpdateService(id, state.service(id).get().version(), state.service(id).get().spec().replicas(3)));
        assertThat(refersTo(id)).as("an update of something else").isEqualTo(first);
        done(new UpdateService(id, state.service(id).get().version(), using("web", "app", second, "app.v2")));
        assertThat(refersTo(id)).as("a user who names the newer one").isEqualTo(second);
        done(rollback(id));
        var third = config("app.v3", "app", "3");
        assertThat(refersTo(id)).isEqualTo(third);
    }

    @Test
    void declaringAnOlderVersionAgainChangesNothing() throws Refusal {
        var first = config("app.v1", "app", "1");
        var spec = using("web", "app", first, "app.v1");
        var id = done(new DeclareService(spec)).id();
        var second = config("app.v2", "app", "2");
        assertThat(done(new DeclareService(spec)).outcome()).isEqualTo(DeclareService.Outcome.UNCHANGED);
        assertThat(refersTo(id)).isEqualTo(second);
    }

    @Test
    void newFollowerBeginsAtTheNewestVersion() throws Refusal {
        var first = config("app", "", "1");
        var second = config("app.v2", "app", "2");
        var created = done(new CreateService(using("web", "app", first, "app")));
        assertThat(refersTo(created)).isEqualTo(second);
        assertThat(state.service(created).get().revision()).isEqualTo(1);

        var plain = done(new CreateService(using("plain", "", first, "app")));
        assertThat(refersTo(plain)).isEqualTo(first);
        done(new UpdateService(plain, state.service(plain).get().version(), using("plain", "app", first, "app")));
        assertThat(refersTo(plain)).isEqualTo(second);
    }

    @Test
    void followedNameWithoutAReferenceIsRefused() throws Refusal {
        var first = config("app.v1", "app", "1");
        assertRefused(new CreateService(using("web", "app,ap", first, "app.v1")), Refusal.Kind.INVALID,
                "Labels[\"cardume.follow\"]: \"ap\" is not allowed");
    }

    private BlobId config(String name, String family, String data) throws Refusal {
        return done(new CreateBlob(BlobKind.CONFIG, blob(name, family, data)));
    }

    private static BlobSpec blob(String name, String family, String data) {
        var labels = new TreeMap<String, String>();
        if (!family.isEmpty()) labels.put(BlobSpec.NAME, family);
        return new BlobSpec(name, labels, Payload.of(data.getBytes(StandardCharsets.UTF_8)), Optional.empty());
    }

    private static FileTarget file() {
        return new FileTarget("/etc/app.conf", "0", "0", Optional.of(0444L));
    }

    private static ServiceSpec using(String name, String follow, BlobId config, String configName) {
        var plain = service(name, 1);
        var container = plain.taskTemplate().containerSpec()
                .with(List.<SecretReference>of(), List.of(new ConfigReference(Optional.of(file()), config.value(), configName)));
        var labels = new TreeMap<String, String>();
        if (!follow.isEmpty()) labels.put(FollowLabels.FOLLOW, follow);
        return new ServiceSpec(name, labels, plain.taskTemplate().with(container), plain.mode(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private BlobId refersTo(ServiceId id) {
        return new BlobId(state.service(id).orElseThrow().spec().taskTemplate().containerSpec().configs().getFirst().configId());
    }

    private long version(BlobId id) {
        return state.blob(id).orElseThrow().version();
    }
}
