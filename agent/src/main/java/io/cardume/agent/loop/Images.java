package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.EngineException.Kind;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.HeldImage;
import io.cardume.api.link.ToAgent;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes images present: from a registry, and where none gives it, from another node that has it. Each is wished for once,
 * however many tasks wait. The manager is asked again and again until the image is there, nobody has it, or its way broke
 * off; whoever waits then tries anew from the start.
 */
final class Images {
    private static final Logger LOG = LoggerFactory.getLogger(Images.class);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(2);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    /** What a registry says to whoever has no right to an image, or engines of a name that is none: others' copies mend neither. */
    private static final List<String> NOT_FROM_OTHERS =
            List.of("unauthorized", "authentication required", "no basic auth credentials", "invalid reference format");

    private final ContainerEngine engine;
    private final Outbox outbox;
    private final Duration silence;
    private final Map<String, Wish> wishes = new ConcurrentHashMap<>();

    Images(ContainerEngine engine, Outbox outbox) {
        this(engine, outbox, SILENCE);
    }

    /** @param silence how long the manager may say nothing of an image that it was asked for */
    Images(ContainerEngine engine, Outbox outbox, Duration silence) {
        this.engine = engine;
        this.outbox = outbox;
        this.silence = silence;
    }

    /** What becomes of a wish. */
    private sealed interface Outcome {
        record Here() implements Outcome {}

        record Nowhere(String words) implements Outcome {}

        record Broken(String words) implements Outcome {}

        /** It came, and the engine here does not want it. */
        record Unloaded(EngineException why) implements Outcome {}
    }

    /**
     * Makes an image present; returns when it is.
     *
     * @param news is told how it comes from another node, in words
     */
    void get(String image, Optional<String> login, Consumer<String> news) throws EngineException {
        try {
            engine.pull(image, login);
        } catch (EngineException e) {
            if (!mayBeElsewhere(image, e)) throw e;
            LOG.info("image {} cannot be pulled ({}), other nodes are asked", image, e.getMessage());
            await(image, e, news);
        }
    }

    /**
     * Whether another node's copy would do. Not for a digest: what is loaded from an archive is known by no digest of a
     * registry.
     */
    private static boolean mayBeElsewhere(String image, EngineException e) {
        var words = e.getMessage().toLowerCase(Locale.ROOT);
        return !image.contains("@") && (e.kind() == Kind.NOT_FOUND || e.kind() == Kind.REFUSED) && NOT_FROM_OTHERS.stream().noneMatch(words::contains);
    }

    private void await(String image, EngineException pull, Consumer<String> news) throws EngineException {
        var wish = wishes.computeIfAbsent(image, Wish::new);
        wish.begin(news);
        try {
            switch (wish.outcome.get()) {
                case Outcome.Here _ -> {}
                case Outcome.Nowhere(var words) -> throw new EngineException(pull.kind(), pull.getMessage() + ", and " + words, pull);
                case Outcome.Broken(var words) -> throw new EngineException(Kind.UNREACHABLE, words, pull);
                case Outcome.Unloaded(var why) -> throw new EngineException(why.kind(), why.getMessage(), why);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(Kind.UNREACHABLE, "interrupted: waiting for image " + image, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Hears of an image that is wished for. */
    void hear(ToAgent.ImageNews said) {
        var wish = wishes.get(said.image());
        if (wish != null) wish.hear(said);
    }

    /**
     * Loads an image that is wished for.
     *
     * @param id what it must turn out to be
     */
    void load(String image, String id, InputStream archive) throws EngineException {
        var wish = wishes.get(image);
        if (wish == null) throw new EngineException(Kind.REFUSED, "nobody waits for image " + image + " any more");
        if (!wish.loading.compareAndSet(false, true)) throw new EngineException(Kind.CONFLICT, "image " + image + " is being loaded already");
        try {
            engine.images().load(archive);
            var held = engine.images().held(image).map(HeldImage::id).orElse("nothing");
            if (!held.equals(id)) {
                // Left under its name it would pass for the right one next time.
                engine.images().untag(image);
                throw new EngineException(Kind.REFUSED, "what came as image " + image + " is " + held + ", not " + id);
            }
            wish.end(new Outcome.Here());
        } catch (EngineException e) {
            wish.end(e.kind() == Kind.UNREACHABLE
                    ? new Outcome.Broken("image " + image + " broke off on its way" + (Thread.currentThread().isInterrupted() ? "" : ": " + e.getMessage()))
                    : new Outcome.Unloaded(e));
            throw e;
        } catch (RuntimeException e) {
            wish.end(new Outcome.Broken("the agent failed: " + e));
            throw e;
        }
    }

    private final class Wish {
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        final AtomicBoolean loading = new AtomicBoolean();
        private final String image;
        private final List<Consumer<String>> waiting = new CopyOnWriteArrayList<>();
        private final AtomicBoolean begun = new AtomicBoolean();
        private volatile String words = "";
        private volatile long heardNanos = System.nanoTime();

        Wish(String image) {
            this.image = image;
        }

        void begin(Consumer<String> news) {
            waiting.add(news);
            if (!words.isEmpty()) news.accept(words);
            if (begun.compareAndSet(false, true)) Thread.ofVirtual().name("wish for " + image).start(this::ask);
        }

        private void ask() {
            while (!outcome.isDone()) {
                // An image that is being loaded has limits of its own.
                if (!loading.get()) {
                    if (System.nanoTime() - heardNanos > silence.toNanos()) {
                        end(new Outcome.Broken("no manager has said within " + silence.toSeconds() + " s which node has image " + image));
                        return;
                    }
                    outbox.say(new FromAgent.WantImage(image));
                }
                try {
                    outcome.get(ASK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // it is asked again
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause());
                } catch (InterruptedException e) {
                    end(new Outcome.Broken("interrupted"));
                }
            }
        }

        void hear(ToAgent.ImageNews said) {
            heardNanos = System.nanoTime();
            switch (said.course()) {
                case COMING -> {
                    if (said.words().equals(words)) return;
                    words = said.words();
                    waiting.forEach(news -> news.accept(words));
                }
                case NOWHERE -> end(new Outcome.Nowhere(said.words()));
                case BROKEN -> end(new Outcome.Broken(said.words()));
            }
        }

        /** Whoever comes later begins a wish of its own. */
        void end(Outcome how) {
            wishes.remove(image, this);
            outcome.complete(how);
        }
    }
}
