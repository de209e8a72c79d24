package io.cardume.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.trust.Identity;
import io.cardume.agent.trust.Issuer;
import io.cardume.api.NodeId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
    private static final Subject WORKER = new Subject("node1", Subject.WORKER, "cluster1");
    private static final Duration LIFE = Duration.ofHours(1);

    @TempDir
    private Path dir;

    private final Issuer issuer = new Issuer();
    private final List<FromAgent> said = new ArrayList<>();
    /** So far is the clock ahead. */
    private Duration ahead = Duration.ZERO;

    private Identity identity() throws IOException {
        return Identity.in(dir, new NodeId("node1"), () -> Instant.now().plus(ahead));
    }

    private ToAgent.Issued issued(Identity to) {
        var now = Instant.now();
        return new ToAgent.Issued(Pem.of(issuer.issue(to.asked(), WORKER, now.minus(LIFE), now.plus(LIFE))), Pem.of(List.of(issuer.root)));
    }

    private long asked() {
        return said.stream().filter(FromAgent.Renew.class::isInstance).count();
    }

    @Test
    void aClockThatIsAheadDoesNotAskWithoutEnd() throws Exception {
        var identity = identity();
        var credentials = new Credentials(identity, said::add);
        assertThat(credentials.told(issued(identity))).isEmpty();
        credentials.look();
        assertThat(asked()).as("it is new").isZero();
        ahead = Duration.ofMinutes(45);
        var started = new Credentials(identity, said::add);
        started.look();
        assertThat(asked()).isEqualTo(1);
        started.told(issued(identity));
        assertThat(identity.isDue()).as("the next one looks as old").isTrue();
        for (int i = 0; i < 100; i++) started.look();
        assertThat(asked()).isEqualTo(1);
        started.told(new ToAgent.RenewNow());
        assertThat(asked()).as("but the manager may want it").isEqualTo(2);
    }

    @Test
    void anAnswerThatComesTwiceIsTakenOnce() throws Exception {
        var identity = identity();
        var credentials = new Credentials(identity, said::add);
        var answer = issued(identity);
        assertThat(credentials.told(answer)).isEmpty();
        var held = identity.held();
        assertThat(credentials.told(answer)).isEmpty();
        assertThat(identity.held()).isEqualTo(held);
        var trusts = new FromAgent.Trusts(RootDigest.of(Pem.certificates(answer.certificate()).getFirst()), List.of(RootDigest.of(issuer.root)));
        assertThat(said).containsOnly(trusts);
    }

    @Test
    void whatCannotBeKeptIsSaidInWordsAndTheOldOneRemains() throws Exception {
        var identity = identity();
        var credentials = new Credentials(identity, said::add);
        credentials.told(issued(identity));
        var before = identity.held();
        // Root writes anywhere but over a directory that is not empty.
        Files.createDirectories(dir.resolve("identity.pem.next").resolve("in-the-way"));
        var key = identity.asked();
        assertThat(credentials.told(issued(identity))).hasValueSatisfying(words -> assertThat(words).contains("cannot be kept in the data directory"));
        assertThat(identity.held()).isEqualTo(before);
        assertThat(identity.asked()).as("it asks for the same, and is given the same").isEqualTo(key);
    }

    @Test
    void whetherACertificateCouldBeKeptIsSeenBefore() throws Exception {
        var identity = identity();
        var inTheWay = dir.resolve("identity.first.next").resolve("in-the-way");
        Files.createDirectories(inTheWay);
        assertThatThrownBy(identity::askedFirst).isInstanceOf(IOException.class);
        Files.delete(inTheWay);
        Files.createDirectories(dir.resolve("identity.pem.next").resolve("in-the-way"));
        identity.askedFirst();
        assertThat(new Credentials(identity, said::add).told(issued(identity))).isPresent();
        Files.createDirectories(inTheWay);
        assertThatThrownBy(identity::askedFirst).as("and again, where one could not be kept").isInstanceOf(IOException.class);
    }
}
