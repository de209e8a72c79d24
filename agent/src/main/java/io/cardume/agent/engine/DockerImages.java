package io.cardume.agent.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.cardume.api.Json;
import io.cardume.api.link.HeldImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The images of a Docker Engine. */
final class DockerImages implements EngineImages {
    private static final int BUFFER = 64 << 10;
    /** An engine writes a whole image to its disk before it gives the first of it. */
    private static final Duration SAVE_BEGINS = Duration.ofMinutes(5);
    /** How long an archive may make no progress: it may be of an engine that has not begun yet. */
    private static final Duration SILENCE = SAVE_BEGINS.plusMinutes(1);

    private final DockerEngine engine;

    DockerImages(DockerEngine engine) {
        this.engine = engine;
    }

    @Override
    public Optional<HeldImage> held(String image) throws EngineException {
        try {
            var shown = engine.get("inspect image " + image, DockerEngine.image(image) + "/json");
            return Optional.of(new HeldImage(shown.path("Id").asText(), time(shown.path("Created").asText())));
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.NOT_FOUND) return Optional.empty();
            throw e;
        }
    }

    /** Images may be without the time they were built at. */
    private static Instant time(String created) {
        try {
            return created.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(created).toInstant();
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    @Override
    public void save(String image, Console.Sink sink) throws EngineException, InterruptedException {
        var path = engine.path("/images/get?names=" + DockerEngine.encoded(image));
        var request = DockerEngine.request(Request.Method.GET, path).build();
        try (Response response = engine.calls.within(SAVE_BEGINS, "save image " + image, () -> engine.calls.checked(engine.streams.execute(request)))) {
            var archive = response.getBody();
            var buffer = new byte[BUFFER];
            for (int read = archive.readNBytes(buffer, 0, BUFFER); read > 0; read = archive.readNBytes(buffer, 0, BUFFER))
                sink.take(1, Arrays.copyOf(buffer, read));
        } catch (IOException | UncheckedIOException e) {
            if (Thread.currentThread().isInterrupted()) throw (InterruptedException) new InterruptedException().initCause(e);
            throw engine.calls.fault(e);
        }
    }

    @Override
    public void load(InputStream archive) throws EngineException {
        var path = engine.path("/images/load?quiet=1");
        var heard = new AtomicLong(System.nanoTime());
        engine.calls.whileHeard(SILENCE, "load an image", heard, () -> {
            try (var upload = Upload.post(engine.settings.host(), path, "application/x-tar")) {
                upload.send(archive, () -> heard.set(System.nanoTime()));
                for (String line : upload.answer().split("\n")) said(line);
            }
            return archive;
        });
    }

    /** The engine has answered with success before it knew; trouble comes as a line. */
    private static void said(String line) throws EngineException {
        try {
            var news = Json.lenient().readTree(line);
            if (news != null && news.has("error")) throw new EngineException(EngineException.Kind.REFUSED, news.get("error").asText());
        } catch (JsonProcessingException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the engine's answer is no JSON: " + line, e);
        }
    }

    @Override
    public void untag(String image) throws EngineException {
        try {
            engine.untag(image);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
        }
    }
}
