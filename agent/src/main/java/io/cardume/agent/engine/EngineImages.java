package io.cardume.agent.engine;

import io.cardume.api.link.HeldImage;
import java.io.InputStream;
import java.util.Optional;

/** The images an engine has, and their way from one engine to another. Every call blocks and may be made from any thread. */
public interface EngineImages {
    /** The image that has this name, tag or id here; empty if there is none. */
    Optional<HeldImage> held(String image) throws EngineException;

    /**
     * Gives an image with all its layers to {@code sink} as an archive, which may block to slow the engine down. It ends when
     * its thread is interrupted.
     */
    void save(String image, Console.Sink sink) throws EngineException, InterruptedException;

    /**
     * Loads what is in an archive, images with their names. When the archive cannot be read to its end nothing is loaded.
     *
     * @param archive is read as fast as the engine takes it
     */
    void load(InputStream archive) throws EngineException;

    /** Takes a name off its image, which goes if it has no other and no container is made of it; does nothing if there is none. */
    void untag(String image) throws EngineException;
}
