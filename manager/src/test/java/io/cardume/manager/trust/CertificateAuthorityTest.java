package io.cardume.manager.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.stream.Stream;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.750Z");
    private static final Subject WORKER = new Subject("node1", Subject.WORKER, "cluster1");
    private static final Duration LIFE = Duration.ofDays(90);

    private final Vault vault = new Vault(new byte[Vault.KEY_BYTES]);
    private Optional<Authority> state = Optional.empty();
    private final CertificateAuthority authority = new CertificateAuthority(() -> state, vault, () -> NOW);
    private final KeyPair keys = CertificateAuthority.newKeys();

    CertificateAuthorityTest() {
        state = Optional.of(authority.found());
    }

    @Test
    void certificateSaysForWhomItIsAndForHowLong() throws CertificateException {
        var issued = authority.issue(keys.getPublic(), WORKER, LIFE);

        assertThat(Subject.of(issued.leaf())).contains(WORKER);
        assertThat(issued.leaf().getNotBefore()).isEqualTo("2026-11-21T11:00:00Z");
        assertThat(issued.leaf().getNotAfter()).isEqualTo("2027-02-19T12:00:00Z");
        assertThat(issued.leaf().getBasicConstraints()).as("it cannot issue others").isEqualTo(-1);
        assertThat(issued.leaf().getSubjectAlternativeNames()).isNull();
        assertThat(issued.certificates()).hasSize(2);
        assertThat(issued.chain().verify(authority.roots(), NOW)).isEqualTo(issued.certificates().getLast());
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        var issued = authority.issue(keys.getPublic(), WORKER, LIFE);

        assertThat(Pem.certificates(issued.pem())).isEqualTo(issued.certificates());
        assertThat(Pem.privateKey(Pem.of(keys.getPrivate()))).isEqualTo(keys.getPrivate());
        assertThat(Pem.publicKey(Pem.of(keys.getPublic()))).isEqualTo(keys.getPublic());
        assertThatThrownBy(() -> Pem.privateKey("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageNotContaining("c2VjcmV0").hasNoCause();
        assertThatThrownBy(() -> Pem.publicKey("")).hasMessageContaining("one PUBLIC KEY is expected");
    }

    @Test
    void serverIsKnownByItsNamesAndAddresses() throws CertificateException {
        var issued = authority.issue(keys.getPublic(), new Subject("m", Subject.MANAGER, "c"), LIFE,
                new TreeSet<>(List.of("10.0.0.1", "::1", "manager.example")));

        assertThat(issued.leaf().getSubjectAlternativeNames()).extracting(name -> name.get(1).toString())
                .containsExactlyInAnyOrder("10.0.0.1", "0:0:0:0:0:0:0:1", "manager.example");
    }

    @Test
    void certificatesOfOthersAreRefused() {
        var other = new CertificateAuthority(() -> Optional.of(new CertificateAuthority(Optional::empty, vault, () -> NOW).found()), vault, () -> NOW);
        var issued = other.issue(keys.getPublic(), WORKER, LIFE);

        assertThatThrownBy(() -> issued.chain().verify(authority.roots(), NOW)).isInstanceOf(CertificateException.class)
                .hasMessage("the certificate comes from none of the roots that are trusted");
    }

    @Test
    void certificateEndsAndDoesNotBeginEarly() {
        var chain = authority.issue(keys.getPublic(), WORKER, LIFE).chain();

        assertThatThrownBy(() -> chain.verify(authority.roots(), NOW.plus(LIFE).plusSeconds(1))).hasMessageContaining("ended at 2027-02-19T12:00:00Z");
        assertThatThrownBy(() -> chain.verify(authority.roots(), NOW.minusSeconds(3_601))).hasMessageContaining("are the clocks right?");
    }

    @Test
    void certificateOfANodeIssuesNone() {
        var node = authority.issue(keys.getPublic(), WORKER, LIFE);
        var root = new Authority.Root(Pem.of(node.leaf()), RootDigest.of(node.leaf()),
                vault.seal(Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded())));
        var worker = new CertificateAuthority(() -> Optional.of(new Authority(root, Optional.empty(), LIFE, 0)), vault, () -> NOW);
        var forged = worker.issue(CertificateAuthority.newKeys().getPublic(), new Subject("m", Subject.MANAGER, "cluster1"), LIFE);

        assertThatThrownBy(() -> forged.chain().verify(authority.roots(), NOW)).isInstanceOf(CertificateException.class);
    }

    @Test
    void keyOfTheRootIsSealed() {
        var other = new byte[Vault.KEY_BYTES];
        other[0] = 1;
        var stolen = new CertificateAuthority(() -> state, new Vault(other), () -> NOW);

        assertThatThrownBy(() -> stolen.issue(keys.getPublic(), WORKER, LIFE)).hasMessageContaining("cannot be opened");
        assertThat(state.get().toString()).doesNotContain(state.get().root().sealedKey());
    }

    @Test
    void tokenPinsTheRoot() {
        var token = JoinToken.parse(authority.newToken());

        assertThat(token.root()).isEqualTo(RootDigest.of(authority.roots().getFirst()));
        assertThat(token.text()).matches("SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}");
        assertThat(token.toString()).doesNotContain(token.secret());
        assertThat(authority.issue(keys.getPublic(), WORKER, LIFE).chain().root(token.root())).isPresent();
        assertThat(authority.newToken()).isNotEqualTo(token.text());
        assertThatThrownBy(() -> JoinToken.parse("SWMTKN-1-short-secret")).hasMessageNotContaining("secret-").hasMessageContaining("docker swarm join-token worker");
    }

    @Test
    void nextRootIsBelievedByThoseWhoKnowOnlyTheOldOne() throws CertificateException {
        var old = authority.roots();
        var before = authority.issue(keys.getPublic(), WORKER, LIFE);
        var token = JoinToken.parse(authority.newToken());
        state = Optional.of(state.get().rotating(authority.next(), 1));
        var during = authority.issue(keys.getPublic(), WORKER, LIFE);
        var both = authority.roots();
        state = Optional.of(state.get().rotated(NOW));
        var after = authority.issue(keys.getPublic(), WORKER, LIFE);

        assertThat(both).hasSize(2).startsWith(old.getFirst());
        assertThat(during.chain().verify(old, NOW)).isEqualTo(old.getFirst());
        assertThat(during.chain().root(token.root())).as("tokens of the old root are good for joining").isPresent();
        assertThat(before.chain().verify(both, NOW)).isEqualTo(old.getFirst());
        for (var chain : List.of(during.chain(), after.chain())) assertThat(chain.verify(List.of(both.getLast()), NOW)).isEqualTo(both.getLast());
        assertThat(authority.roots()).containsExactly(both.getLast());
        assertThatThrownBy(() -> before.chain().verify(authority.roots(), NOW)).isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> after.chain().verify(old, NOW)).isInstanceOf(CertificateException.class);
    }

    @Test
    void whoBelievesAFormerRootIsLedToTheManagerForAWhile() throws CertificateException {
        var roots = new ArrayList<List<X509Certificate>>();
        for (int i = 0; i <= Authority.MOST_FORMER; i++) {
            roots.add(authority.roots());
            state = Optional.of(state.get().rotating(authority.next(), i).rotated(NOW));
        }
        var shown = shown(authority);
        for (var believed : roots.subList(1, roots.size())) assertThat(shown.verify(believed, NOW)).isEqualTo(believed.getFirst());
        assertThatThrownBy(() -> shown.verify(roots.getFirst(), NOW)).as("the oldest is forgotten").isInstanceOf(CertificateException.class);
        assertThat(state.get().former()).hasSize(Authority.MOST_FORMER);
        assertThat(authority.former()).containsExactlyElementsOf(roots.subList(1, roots.size()).stream().map(List::getFirst).toList());
        var during = state.get().rotating(authority.next(), 9);
        assertThat(shown(new CertificateAuthority(() -> Optional.of(during), vault, () -> NOW)).verify(roots.get(1), NOW)).isEqualTo(roots.get(1).getFirst());

        var later = NOW.plus(Authority.NODE_LIFE);
        var afterwards = new CertificateAuthority(() -> state, vault, () -> later);
        assertThat(afterwards.former()).isEmpty();
        assertThatThrownBy(() -> shown(afterwards).verify(roots.getLast(), later)).isInstanceOf(CertificateException.class);
        assertThat(state.get().rotating(afterwards.next(), 10).rotated(later).former()).hasSize(1);
    }

    /** As the cluster port does. */
    private Chain shown(CertificateAuthority from) {
        return new Chain(Stream.concat(from.issue(keys.getPublic(), new Subject("m", Subject.MANAGER, "c"), LIFE).certificates().stream(),
                from.bridges().stream()).toList());
    }

    @Test
    void requestIsAnsweredUnderTheNameThatIsDecidedHere() throws CertificateException {
        var issued = authority.issue(request(keys, keys), WORKER, LIFE);

        assertThat(issued.leaf().getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(Subject.of(issued.leaf())).contains(WORKER);
    }

    @Test
    void requestForSomebodyElsesKeyIsRefused() {
        assertThatThrownBy(() -> authority.issue(request(keys, CertificateAuthority.newKeys()), WORKER, LIFE))
                .isInstanceOf(CertificateException.class).hasMessageContaining("not signed with the key it is for");
        for (String text : List.of("", "no PEM", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"))
            assertThatThrownBy(() -> authority.issue(text, WORKER, LIFE)).isInstanceOf(CertificateException.class);
    }

    private static String request(KeyPair asked, KeyPair signer) {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=root"), asked.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OperatorCreationException e) {
            throw new AssertionError(e);
        }
        return text.toString();
    }
}
