package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.EngineException.Kind;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.engine.FakeImages;
import io.cardume.api.Json;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.HeldImage;
import io.cardume.api.link.ToAgent;
import io.cardume.api.link.ToAgent.ImageNews.Course;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The agent's end of the way of an image from one engine to another. */
class ImagesTest {
    private static final String IMAGE = "local:1";
    private static final String ID = "sha256:1234";

    private final FakeEngine engine = new FakeEngine("host", InstantSource.system());
    private final BlockingQueue<FromAgent> said = new LinkedBlockingQueue<>();
    private final List<String> news = new CopyOnWriteArrayList<>();
    private final Outbox outbox = new Outbox() {
        @Override
        public boolean say(FromAgent message) {
            return said.add(message);
        }

        @Override
        public boolean sayPatiently(FromAgent message) {
            return said.add(message);
        }
    };
    private final Images images = new Images(engine, outbox);
    private final Errands errands = new Errands(engine, images, Optional::empty, outbox);

    ImagesTest() {
        engine.unknown(IMAGE);
    }

    @Test
    void anImageThatNoRegistryGivesComesFromAnotherNode() throws Exception {
        var got = get(IMAGE);
        assertThat(next(FromAgent.WantImage.class).image()).isEqualTo(IMAGE);
        images.hear(new ToAgent.ImageNews(IMAGE, Course.COMING, "getting image local:1 from node h1"));

        opens("load", new Errand.LoadImage(IMAGE, ID));
        assertThat(next(FromAgent.Grant.class).chunks()).isPositive();
        var archive = FakeImages.archive(IMAGE, ID);
        errands.hear(new ToAgent.Send("load", Arrays.copyOf(archive, 7)));
        errands.hear(new ToAgent.Send("load", Arrays.copyOfRange(archive, 7, archive.length)));
        errands.hear(new ToAgent.Send("load", new byte[0]));

        got.get(60, TimeUnit.SECONDS);
        assertThat(next(FromAgent.End.class).failure()).isEmpty();
        assertThat(engine.imageId(IMAGE)).contains(ID);
        assertThat(news).containsExactly("getting image local:1 from node h1");
    }

    @Test
    void manyWhoWaitWishForItOnce() throws Exception {
        var all = List.of(get(IMAGE), get(IMAGE), get(IMAGE));
        next(FromAgent.WantImage.class);
        images.hear(new ToAgent.ImageNews(IMAGE, Course.COMING, "on its way"));
        while (news.size() < 3) Thread.onSpinWait(); // each of them waits and has heard so

        images.load(IMAGE, ID, new ByteArrayInputStream(FakeImages.archive(IMAGE, ID)));

        for (var each : all) each.get(60, TimeUnit.SECONDS);
        assertThatThrownBy(() -> images.load(IMAGE, ID, new ByteArrayInputStream(FakeImages.archive(IMAGE, ID))))
                .hasMessage("nobody waits for image local:1 any more");
    }

    @Test
    void anImageThatNobodyHasFailsInTheEnginesWordsAndSaysSo() throws Exception {
        var got = get(IMAGE);
        next(FromAgent.WantImage.class);

        images.hear(new ToAgent.ImageNews(IMAGE, Course.NOWHERE, "no node has it"));

        assertThat(failure(got)).isEqualTo(Kind.NOT_FOUND + ": pull access denied for local:1, repository does not exist or may require 'docker login'"
                + ", and no node has it");
    }

    @Test
    void anArchiveThatBreaksOffIsNotTakenForTheWholeAndIsWishedForAnew() throws Exception {
        var got = get(IMAGE);
        next(FromAgent.WantImage.class);
        opens("load", new Errand.LoadImage(IMAGE, ID));
        next(FromAgent.Grant.class);
        errands.hear(new ToAgent.Send("load", FakeImages.archive(IMAGE, ID))); // all of it, but for the word that it is all

        images.hear(new ToAgent.ImageNews(IMAGE, Course.BROKEN, "node h1 was lost"));
        errands.hear(new ToAgent.Close("load"));

        assertThat(failure(got)).isEqualTo(Kind.UNREACHABLE + ": node h1 was lost");
        assertThat(engine.imageId(IMAGE)).isEmpty();
        var again = get(IMAGE);
        next(FromAgent.WantImage.class);
        images.load(IMAGE, ID, new ByteArrayInputStream(FakeImages.archive(IMAGE, ID)));
        again.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aLostConnectionBreaksOffWhatIsBeingLoaded() throws Exception {
        var got = get(IMAGE);
        next(FromAgent.WantImage.class);
        opens("load", new Errand.LoadImage(IMAGE, ID));
        next(FromAgent.Grant.class);
        errands.hear(new ToAgent.Send("load", FakeImages.archive(IMAGE, ID)));

        errands.endAll();

        assertThat(failure(got)).startsWith(Kind.UNREACHABLE + ": image local:1 broke off on its way");
        assertThat(engine.imageId(IMAGE)).isEmpty();
    }

    @Test
    void anImageThatIsAnotherThanWasSaidIsNotKept() throws Exception {
        var got = get(IMAGE);
        next(FromAgent.WantImage.class);

        assertThatThrownBy(() -> images.load(IMAGE, ID, new ByteArrayInputStream(FakeImages.archive(IMAGE, "sha256:9999"))))
                .isInstanceOf(EngineException.class);

        assertThat(failure(got)).isEqualTo(Kind.REFUSED + ": what came as image local:1 is sha256:9999, not sha256:1234");
        assertThat(engine.imageId(IMAGE)).isEmpty();
    }

    @Test
    void whatTheEngineDoesNotLoadFailsInItsWords() throws Exception {
        var got = get(IMAGE);
        next(FromAgent.WantImage.class);

        assertThatThrownBy(() -> images.load(IMAGE, ID, new ByteArrayInputStream(new byte[] {1, 2}))).isInstanceOf(EngineException.class);

        assertThat(failure(got)).isEqualTo(Kind.REFUSED + ": archive/tar: invalid tar header");
    }

    @Test
    void aDigestOrAForbiddenImageIsNotWishedFor() throws Exception {
        var digest = "local@sha256:" + "0".repeat(64);
        engine.unknown(digest);
        assertThat(failure(get(digest))).startsWith(Kind.NOT_FOUND + ": pull access denied");
        engine.forbidden("private:1");
        assertThat(failure(get("private:1"))).isEqualTo(Kind.REFUSED + ": unauthorized: authentication required");
        engine.unreachable();
        assertThat(failure(get(IMAGE))).startsWith(Kind.UNREACHABLE.toString());
        assertThat(said).isEmpty();
    }

    @Test
    void aManagerThatSaysNothingIsNotWaitedForForEver() throws Exception {
        var impatient = new Images(engine, outbox, Duration.ofMillis(10));

        assertThatThrownBy(() -> impatient.get(IMAGE, Optional.empty(), news::add))
                .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
                .hasMessageContaining("no manager has said");
    }

    @Test
    void whatNobodyWaitsForIsNotLoaded() throws Exception {
        opens("load", new Errand.LoadImage(IMAGE, ID));

        next(FromAgent.Grant.class);
        assertThat(next(FromAgent.End.class).failure().orElseThrow().message()).isEqualTo("nobody waits for image local:1 any more");
    }

    @Test
    void whatTheEngineHasIsSaidAndGiven() throws Exception {
        engine.present("mine:1", ID);
        opens("has", new Errand.HasImage("mine:1"));
        assertThat(Json.lenient().readValue(next(FromAgent.Answer.class).bytes(), HeldImage.class)).isEqualTo(new HeldImage(ID, Instant.EPOCH));
        next(FromAgent.End.class);
        opens("hasNot", new Errand.HasImage(IMAGE));
        assertThat(next(FromAgent.End.class).failure().orElseThrow().kind()).isEqualTo(ErrandFailure.Kind.NOT_FOUND);

        opens("save", new Errand.SaveImage("mine:1"));

        var archive = new ByteArrayOutputStream();
        var message = said.poll(60, TimeUnit.SECONDS);
        for (; message instanceof FromAgent.Answer answer; message = said.poll(60, TimeUnit.SECONDS)) {
            archive.writeBytes(answer.bytes());
            errands.hear(new ToAgent.Grant("save", 1));
        }
        assertThat(message).isEqualTo(new FromAgent.End("save", Optional.empty(), Optional.empty()));
        assertThat(archive.toByteArray()).isEqualTo(FakeImages.archive("mine:1", ID));
    }

    private void opens(String stream, Errand errand) {
        errands.hear(new ToAgent.Open(stream, errand, 4));
    }

    private CompletableFuture<Void> get(String image) {
        var done = new CompletableFuture<Void>();
        Thread.ofVirtual().start(() -> {
            try {
                images.get(image, Optional.empty(), news::add);
                done.complete(null);
            } catch (EngineException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private static String failure(CompletableFuture<Void> got) throws Exception {
        try {
            got.get(60, TimeUnit.SECONDS);
            throw new AssertionError("it was got");
        } catch (ExecutionException e) {
            return ((EngineException) e.getCause()).kind() + ": " + e.getCause().getMessage();
        }
    }

    private <T extends FromAgent> T next(Class<T> kind) throws InterruptedException {
        var passed = new ArrayList<FromAgent>();
        var message = said.poll(60, TimeUnit.SECONDS);
        // It is asked for again and again; what else is said has its order.
        for (; message instanceof FromAgent.WantImage && kind != FromAgent.WantImage.class; message = said.poll(60, TimeUnit.SECONDS)) passed.add(message);
        assertThat(message).as("after %s", passed).isInstanceOf(kind);
        return kind.cast(message);
    }
}
