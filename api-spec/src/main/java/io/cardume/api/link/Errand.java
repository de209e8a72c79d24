package io.cardume.api.link;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.cardume.api.Copies;
import io.cardume.api.ExecSpec;
import io.cardume.api.TaskId;

/**
 * What an agent is sent for: something to look at or to run on its engine, that is no part of its assignment. The answer
 * comes as a stream, and all of it ends with the connection.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Errand.Listing.class, name = "list"),
    @JsonSubTypes.Type(value = Errand.Inspect.class, name = "inspect"),
    @JsonSubTypes.Type(value = Errand.Top.class, name = "top"),
    @JsonSubTypes.Type(value = Errand.Stats.class, name = "stats"),
    @JsonSubTypes.Type(value = Errand.CreateExec.class, name = "createExec"),
    @JsonSubTypes.Type(value = Errand.RunExec.class, name = "runExec"),
    @JsonSubTypes.Type(value = Errand.StartExec.class, name = "startExec"),
    @JsonSubTypes.Type(value = Errand.InspectExec.class, name = "inspectExec"),
    @JsonSubTypes.Type(value = Errand.ResizeExec.class, name = "resizeExec"),
    @JsonSubTypes.Type(value = Errand.HasImage.class, name = "hasImage"),
    @JsonSubTypes.Type(value = Errand.SaveImage.class, name = "saveImage"),
    @JsonSubTypes.Type(value = Errand.LoadImage.class, name = "loadImage")
})
public sealed interface Errand {
    /**
     * The cluster's containers, as the engine lists them: a JSON array.
     *
     * @param filters the engine's filters, as JSON; "" = none
     * @param all whether those that do not run are wanted too
     * @param size whether their sizes are wanted
     */
    record Listing(String filters, boolean all, boolean size) implements Errand {
        public Listing {
            filters = Copies.text(filters);
        }
    }

    /** A task's container as the engine shows it: a JSON object; with its size, if wanted. */
    record Inspect(TaskId task, boolean size) implements Errand {}

    /** The processes of a task's container, as {@code ps} with these arguments shows them ("" = the engine's). */
    record Top(TaskId task, String arguments) implements Errand {
        public Top {
            arguments = Copies.text(arguments);
        }
    }

    /** What a task's container uses, a JSON object a line: for as long as it runs, or once. */
    record Stats(TaskId task, boolean stream, boolean oneShot) implements Errand {}

    /** Prepares a command in a task's container; the answer is the engine's id of it. */
    record CreateExec(TaskId task, ExecSpec exec) implements Errand {}

    /**
     * Runs a prepared command: what is sent is its input, what is answered its outputs (channel 1 and 2), the end's code
     * its exit code. It ends when nobody listens any more.
     *
     * @param exec the engine's id of the command
     * @param tty whether it has a terminal
     * @param input whether it is given input
     */
    record RunExec(String exec, boolean tty, boolean input) implements Errand {}

    /** Starts a prepared command and leaves it alone. */
    record StartExec(String exec) implements Errand {}

    /** Whether a prepared command runs, or its exit code: the end's code. */
    record InspectExec(String exec) implements Errand {}

    /** Gives a running command's terminal another size. */
    record ResizeExec(String exec, int rows, int columns) implements Errand {}

    /** Whether the engine has an image of this name, tag or id: a {@link HeldImage} as JSON, or not found. */
    record HasImage(String image) implements Errand {}

    /** An image with all its layers, as an archive that another engine can load. */
    record SaveImage(String image) implements Errand {}

    /**
     * Loads an image that the agent has asked for, of the archive that is sent. An archive that breaks off loads nothing.
     *
     * @param image what the agent has asked for
     * @param id the engine's id that it must turn out to have
     */
    record LoadImage(String image, String id) implements Errand {}
}
