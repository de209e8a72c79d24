package io.cardume.manager.loop;

import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.HttpLabels;
import io.cardume.api.Payload;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.BlobUse;
import io.cardume.manager.cluster.UpdateStatus;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DoorsTest extends CommandScene {
    private static final String PEM = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";

    @BeforeEach
    void form() throws Refusal {
        done(init());
    }

    @Test
    void certificateMustBeThereAndBeOne() throws Refusal {
        assertRefused(new CreateService(secure("web", "a.example", "cert")), Refusal.Kind.INVALID,
                "Labels[\"cardume.http.tls\"]: \"cert\" is not allowed; it is the name of a secret, and there is none called so");
        secret("cert", "nonsense");
        assertRefused(new CreateService(secure("web", "a.example", "cert")), Refusal.Kind.INVALID,
                "it lacks -----BEGIN CERTIFICATE----- and -----BEGIN PRIVATE KEY-----");
        secret("locked", PEM.replace("PRIVATE", "ENCRYPTED PRIVATE"));
        assertRefused(new DeclareService(secure("web", "a.example", "locked")), Refusal.Kind.INVALID, "it lacks -----BEGIN PRIVATE KEY-----");
        secret("good", PEM);
        done(new CreateService(secure("web", "a.example", "good")));
    }

    @Test
    void hostShowsOneCertificate() throws Refusal {
        secret("one", PEM);
        secret("two", PEM);
        done(new CreateService(secure("web", "a.example,b.example", "one")));
        assertRefused(new CreateService(secure("api", "c.example,b.example", "two")), Refusal.Kind.INVALID,
                "\"two\" cannot be shown for b.example: service web has one for it, and a host shows one certificate");
        done(new CreateService(secure("api", "b.example", "one")));
        done(new CreateService(secure("other", "c.example", "two")));
        done(new DeclareService(secure("other", "c.example", "one")));
        done(new RemoveService(state.serviceNamed("web").get().id()));
        done(new RemoveService(state.serviceNamed("api").get().id()));
        done(new CreateService(secure("late", "b.example", "two")));
    }

    @Test
    void shownCertificateIsNotRemoved() throws Refusal {
        var cert = secret("cert", PEM);
        done(new CreateService(secure("web", "a.example", "cert")));
        assertRefused(new RemoveBlob(cert), Refusal.Kind.INVALID, "secret 'cert' is in use by the following service: web");
        done(new RemoveService(state.serviceNamed("web").get().id()));
        done(new RemoveBlob(cert));
        assertThat(state.blob(cert)).isEmpty();
    }

    @Test
    void certificateThatAGoingUpdateMayGoBackToIsNotRemoved() throws Refusal {
        var one = secret("one", PEM);
        var two = secret("two", PEM);
        var web = done(new CreateService(secure("web", "a.example", "one")));
        done(new UpdateService(web, state.service(web).get().version(), secure("web", "a.example", "two")));
        done(draft -> {
            draft.put(draft.state().service(web).get().update(UpdateStatus.updating(NOW, "update in progress", 1)));
            return null;
        });

        assertThat(BlobUse.of(state, one)).extracting(use -> use.service().name(), BlobUse::current).containsExactly(tuple("web", false));
        assertRefused(new RemoveBlob(one), Refusal.Kind.INVALID, "secret 'one' is in use by the following service: web");
        done(rollback(web));
        assertRefused(new RemoveBlob(two), Refusal.Kind.INVALID, "secret 'two' is in use by the following service: web");
    }

    @Test
    void rollbackToACertificateThatIsGoneIsRefused() throws Refusal {
        var one = secret("one", PEM);
        secret("two", PEM);
        var web = done(new CreateService(secure("web", "a.example", "one")));
        done(new UpdateService(web, state.service(web).get().version(), secure("web", "a.example", "two")));
        done(new RemoveBlob(one));
        assertRefused(rollback(web), Refusal.Kind.INVALID, "\"one\" is not allowed; it is the name of a secret, and there is none called so");
    }

    private BlobId secret(String name, String pem) throws Refusal {
        return done(new CreateBlob(BlobKind.SECRET, new BlobSpec(name, Collections.emptySortedMap(), Payload.of(pem.getBytes(StandardCharsets.US_ASCII)), Optional.empty())));
    }

    private static ServiceSpec secure(String name, String host, String secret) {
        var spec = service(name, 1);
        return new ServiceSpec(spec.name(), new TreeMap<>(Map.of(HttpLabels.PORT, "80", HttpLabels.HOST, host, HttpLabels.TLS, secret)), spec.taskTemplate(),
                spec.mode(), spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec());
    }
}
