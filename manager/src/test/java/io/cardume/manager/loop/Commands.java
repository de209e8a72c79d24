package io.cardume.manager.loop;

import io.cardume.api.ContainerSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.FromAgent;
import io.cardume.manager.cluster.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Commands the tests give again and again. */
public final class Commands {
    public static final String TOKEN = "SWMTKN-1-digest-secret";
    public static final NodeId MANAGER = new NodeId("manager");

    private Commands() {}

    /** Forms a cluster whose manager has no agent. */
    public static InitCluster init() {
        return new InitCluster(MANAGER, host("manager"), "127.0.0.1", Node.Availability.DRAIN, TOKEN, "SWMTKN-1-digest-other");
    }

    /** The first words of a new agent. */
    public static FromAgent.Hello hello(String node) {
        return new FromAgent.Hello(TOKEN, new NodeId(node), Optional.empty(), host(node), "");
    }

    /** A host of 4 CPUs and 8 GiB. */
    public static NodeDescription host(String name) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 4_000_000_000L, 8L << 30, "20.10.24",
                new TreeMap<>(), List.of(NodeDescription.OVERLAY));
    }

    /** A service of so many replicas. */
    public static ServiceSpec service(String name, int replicas) {
        var template = new TaskSpec(ContainerSpec.of("web:1"), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), 0, Optional.empty(), null);
        return new ServiceSpec(name, new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(),
                Optional.empty(), Optional.empty()).replicas(replicas);
    }

    /** A service of one replica that starts after others. */
    public static ServiceSpec after(String name, String others) {
        var plain = service(name, 1);
        return new ServiceSpec(name, new TreeMap<>(Map.of("cardume.after", others)), plain.taskTemplate(), plain.mode(), Optional.empty(),
                Optional.empty(), Optional.empty());
    }
}
