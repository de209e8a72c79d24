package io.cardume.agent.link;

import io.cardume.agent.trust.Identity;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node's certificate good while the agent is connected: takes what the manager gives, says what is on disk, and
 * asks for another in time. The connection goes on; the next one shows the new certificate.
 */
public final class Credentials {
    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);
    /** From an answer to the next asking of its own accord: a clock that is ahead makes every certificate look old. */
    private static final Duration OWN_PAUSE = Duration.ofMinutes(1);

    private final Identity identity;
    private final Predicate<FromAgent> say;
    private volatile boolean wanted;
    private volatile boolean asked;
    private volatile long askedNanos;
    /** When the last certificate came that was asked for, whether it could be kept or not. */
    private volatile Optional<Long> answeredNanos = Optional.empty();

    /** @param say says something to the manager; whether it is on its way */
    public Credentials(Identity identity, Predicate<FromAgent> say) {
        this.identity = identity;
        this.say = say;
    }

    /** Asks for another certificate if half of this one's life is over, or the manager said so. */
    public void look() {
        if (!wanted && !identity.isDue() || asked && System.nanoTime() - askedNanos < ASK_AGAIN.toNanos()) return;
        if (!wanted && answeredNanos.filter(last -> System.nanoTime() - last < OWN_PAUSE.toNanos()).isPresent()) return;
        if (!say.test(new FromAgent.Renew(Pem.of(identity.asked())))) return;
        asked = true;
        askedNanos = System.nanoTime();
    }

    /**
     * Takes what a manager says of certificates.
     *
     * @return why it could not be taken; empty if it was
     */
    public Optional<String> told(ToAgent message) {
        try {
            switch (message) {
                case ToAgent.Issued(var certificate, var roots) -> {
                    wanted = false;
                    asked = false;
                    answeredNanos = Optional.of(System.nanoTime());
                    identity.given(Pem.certificates(certificate), Pem.certificates(roots));
                    identity.held().ifPresent(held -> LOG.info("the node has a certificate until {}", held.end()));
                    sayTrust();
                }
                case ToAgent.Roots(var roots) -> {
                    var certificates = Pem.certificates(roots);
                    if (identity.held().filter(held -> held.roots().equals(certificates)).isEmpty()) identity.trust(certificates);
                    sayTrust();
                }
                case ToAgent.RenewNow _ -> {
                    wanted = true;
                    look();
                }
                default -> throw new IllegalArgumentException("not of certificates: " + message);
            }
            return Optional.empty();
        } catch (CertificateException | IllegalArgumentException e) {
            var words = "what the manager gives as a certificate or as roots is not taken: " + e.getMessage();
            LOG.error("{}", words);
            return Optional.of(words);
        } catch (IOException e) {
            var words = "the node's certificate cannot be kept in the data directory: " + e;
            LOG.error("{}; the agent goes on with the one it has, if it has one", words);
            return Optional.of(words);
        }
    }

    private void sayTrust() {
        identity.held().ifPresent(held -> say.test(new FromAgent.Trusts(RootDigest.of(held.chain().leaf()), held.roots().stream().map(RootDigest::of).toList())));
    }
}
