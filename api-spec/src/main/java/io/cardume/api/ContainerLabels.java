package io.cardume.api;

/**
 * The labels containers of tasks carry: our own, by which an agent finds them again after any crash, and Swarm's, by
 * which log shippers and dashboards made for Swarm find them.
 */
public final class ContainerLabels {
    /** The cluster's id; a container without it is foreign and never touched. */
    public static final String CLUSTER = "cardume.cluster";
    /** The service's id. */
    public static final String SERVICE = "cardume.service";
    /** The task's id. */
    public static final String TASK = "cardume.task";
    /** The network's id, on an engine's network that is its host's part of it. */
    public static final String NETWORK = "cardume.network";
    /** The node's id. */
    public static final String NODE = "cardume.node";

    public static final String SWARM_NODE_ID = "com.docker.swarm.node.id";
    public static final String SWARM_SERVICE_ID = "com.docker.swarm.service.id";
    public static final String SWARM_SERVICE_NAME = "com.docker.swarm.service.name";
    /** Present and empty, as Swarm sets it. */
    public static final String SWARM_TASK = "com.docker.swarm.task";

    public static final String SWARM_TASK_ID = "com.docker.swarm.task.id";
    public static final String SWARM_TASK_NAME = "com.docker.swarm.task.name";

    private ContainerLabels() {}
}
