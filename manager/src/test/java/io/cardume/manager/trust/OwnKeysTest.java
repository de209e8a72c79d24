package io.cardume.manager.trust;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OwnKeysTest {
    private final Vault vault = new Vault(new byte[Vault.KEY_BYTES]);
    private final Authority found = new CertificateAuthority(Optional::empty, vault, InstantSource.system()).found();
    private final CertificateAuthority authority = new CertificateAuthority(() -> Optional.of(found), vault, InstantSource.system());
    private final AtomicReference<Optional<String>> present = new AtomicReference<>(Optional.empty());
    private final OwnKeys keys = new OwnKeys(present::get);

    @Test
    void aHandshakeThatHasChosenACertificateGoesOnWithItAfterItWasRenewed() {
        assertThat(keys.chooseEngineServerAlias("EC", null, null)).isNull();
        var first = CertificateAuthority.newKeys();
        var firstChain = chain(first);
        present.set(Optional.of(keys.put(first.getPrivate(), firstChain)));
        var chosen = keys.chooseEngineServerAlias("EC", null, null);
        var second = CertificateAuthority.newKeys();
        present.set(Optional.of(keys.put(second.getPrivate(), chain(second))));

        assertThat(keys.getPrivateKey(chosen)).isEqualTo(first.getPrivate());
        assertThat(keys.getCertificateChain(chosen)).containsExactlyElementsOf(firstChain);
        assertThat(keys.getPrivateKey(keys.chooseEngineServerAlias("EC", null, null))).isEqualTo(second.getPrivate());
        assertThat(keys.chooseEngineServerAlias("RSA", null, null)).isNull();
        keys.put(CertificateAuthority.newKeys().getPrivate(), chain(CertificateAuthority.newKeys()));
        assertThat(keys.getPrivateKey(chosen)).as("two are kept").isNull();
    }

    private List<X509Certificate> chain(KeyPair of) {
        return authority.issue(of.getPublic(), new Subject("m", Subject.MANAGER, "c"), Duration.ofDays(1)).certificates();
    }
}
