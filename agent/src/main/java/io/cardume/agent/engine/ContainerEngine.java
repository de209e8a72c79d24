package io.cardume.agent.engine;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.Ran;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * The container engine of one host, in this project's words. It shows and touches only containers that carry the given
 * cluster's label. Every call blocks, ends within a limit, may be made from any thread, and is safe to repeat.
 */
public interface ContainerEngine extends AutoCloseable {
    /** The host's resources, platform and the engine's version and labels. */
    NodeDescription describe() throws EngineException;

    /** All containers of the cluster's tasks, running or not, by task. */
    SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException;

    /** One task's container; {@link Container.Absent} if there is none. */
    Container container(TaskId task) throws EngineException;

    /** Makes the image present: pulls it unless it is there already. The message of a failure is the engine's. */
    default void pull(String image) throws EngineException {
        pull(image, Optional.empty());
    }

    /** The same with a login for its registry: what the engine takes as {@code X-Registry-Auth}. */
    void pull(String image, Optional<String> login) throws EngineException;

    /** Makes a task's container (named and labelled for it) without starting it, if there is none; the container as it is then. */
    Container create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException;

    /** The same, on the networks that are said. */
    default Container create(AssignedTask task, Networking networking, ClusterId cluster, NodeId node) throws EngineException {
        return create(task, cluster, node);
    }

    /** The engine's part of networks across hosts. */
    default EngineNetworks networks() {
        return EngineNetworks.NONE;
    }

    /** Starts a task's container; does nothing if it runs. */
    void start(TaskId task) throws EngineException;

    /** Sends the stop signal, waits up to the grace period given when it was made, then kills; returns when it ended. */
    void stop(TaskId task) throws EngineException;

    /**
     * Removes a task's container by force, with its anonymous volumes; does nothing if there is none. What there is then, which
     * is something if its removal was underway already.
     */
    Container remove(TaskId task) throws EngineException;

    /**
     * Tells, until closed, which task's container may have changed, and how. News may be lost or doubled: it only says where
     * to look. After every gap (engine restarted, connection lost) {@code resync} is called.
     */
    AutoCloseable watch(ClusterId cluster, Consumer<Changed> changed, Runnable resync);

    /**
     * Gives a task's log line by line to {@code sink}, which may block to slow it down; returns at the end of the log, or
     * when the calling thread is interrupted.
     */
    void logs(TaskId task, boolean tty, LogOptions options, Consumer<LogLine> sink) throws EngineException;

    /**
     * Runs a command in a task's running container and waits for its end, as its user and with its environment. A command
     * that has not ended within the limit runs on: the engine has no way to stop it.
     *
     * @param command program and arguments
     */
    Ran run(TaskId task, List<String> command, Duration limit) throws EngineException;

    /** Whether an unfinished command still runs; one the engine has forgotten does not. */
    boolean runs(String handle) throws EngineException;

    /** Looks into running containers, and runs commands in them. */
    Console console();

    /** The images the engine has. */
    EngineImages images();

    /** The number by which this agent sees the first process of a container; empty if it does not see it, or if it has ended. */
    default Optional<Long> process(Container.Running container) {
        return Optional.empty();
    }

    /** Why this agent cannot see processes of containers, if that is so. */
    default Optional<String> unseen() {
        return Optional.empty();
    }

    /** How long an ordinary call may take before it counts as {@link EngineException.Kind#UNREACHABLE}. */
    Duration callLimit();

    @Override
    void close();
}
