package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * A command to be run in a container that runs.
 *
 * @param attachStdin whether the client's input goes to it
 * @param attachStdout whether its standard output goes to the client
 * @param attachStderr whether its standard error goes to the client
 * @param tty whether it has a terminal; then both outputs are one
 * @param command the command and its arguments
 * @param env variables, {@code NAME=value} each
 * @param user who it runs as; empty = as the container
 * @param workingDir where it runs; empty = as the container
 * @param privileged whether it has all rights
 * @param detachKeys keys that leave it; "" = the engine's
 * @param consoleSize rows and columns of its terminal; empty = the engine's
 */
public record ExecSpec(
        @JsonProperty("AttachStdin") boolean attachStdin,
        @JsonProperty("AttachStdout") boolean attachStdout,
        @JsonProperty("AttachStderr") boolean attachStderr,
        @JsonProperty("Tty") boolean tty,
        @JsonProperty("Cmd") @JsonInclude(JsonInclude.Include.ALWAYS) List<String> command,
        @JsonProperty("Env") List<String> env,
        @JsonProperty("User") Optional<String> user,
        @JsonProperty("WorkingDir") Optional<String> workingDir,
        @JsonProperty("Privileged") boolean privileged,
        @JsonProperty("DetachKeys") Optional<String> detachKeys,
        @JsonProperty("ConsoleSize") List<Integer> consoleSize) {
    public ExecSpec {
        command = Copies.list(command);
        env = Copies.list(env);
        user = Copies.optional(user);
        workingDir = Copies.optional(workingDir);
        detachKeys = Copies.optional(detachKeys);
        consoleSize = Copies.list(consoleSize);
    }

    /** A command without terminal whose outputs are wanted. */
    public static ExecSpec of(List<String> command, boolean input) {
        return new ExecSpec(input, true, true, false, command, List.of(), Optional.empty(), Optional.empty(), false,
                Optional.empty(), List.of());
    }
}
