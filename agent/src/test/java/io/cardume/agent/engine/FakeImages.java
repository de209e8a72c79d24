package io.cardume.agent.engine;

import io.cardume.api.link.HeldImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** The images of {@link FakeEngine}. An archive is a line: {@code image NAME ID end}. */
public final class FakeImages implements EngineImages {
    private final FakeEngine engine;

    FakeImages(FakeEngine engine) {
        this.engine = engine;
    }

    /** The archive of an image. */
    public static byte[] archive(String image, String id) {
        return ("image " + image + " " + id + " end").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Optional<HeldImage> held(String image) throws EngineException {
        engine.describe();
        return engine.imageId(image).map(id -> new HeldImage(id, Instant.EPOCH));
    }

    @Override
    public void save(String image, Console.Sink sink) throws EngineException, InterruptedException {
        var held = held(image).orElseThrow(() -> new EngineException(EngineException.Kind.NOT_FOUND, "No such image: " + image));
        for (byte one : archive(image, held.id())) sink.take(1, new byte[] {one});
    }

    @Override
    public void load(InputStream archive) throws EngineException {
        String[] words;
        try {
            words = new String(archive.readAllBytes(), StandardCharsets.UTF_8).split(" ");
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE, "the archive broke off: " + e.getMessage(), e);
        }
        if (words.length != 4 || !words[0].equals("image") || !words[3].equals("end"))
            throw new EngineException(EngineException.Kind.REFUSED, "archive/tar: invalid tar header");
        engine.describe();
        engine.present(words[1], words[2]);
    }

    @Override
    public void untag(String image) throws EngineException {
        engine.describe();
        engine.absent(image);
    }
}
