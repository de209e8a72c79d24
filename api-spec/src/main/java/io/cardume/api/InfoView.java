package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The manager as {@code GET /info} shows it. A manager is no engine: it counts no containers and images of its own.
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record InfoView(
        @JsonProperty("ID") String id,
        @JsonProperty("Containers") int containers,
        @JsonProperty("ContainersRunning") int containersRunning,
        @JsonProperty("ContainersPaused") int containersPaused,
        @JsonProperty("ContainersStopped") int containersStopped,
        @JsonProperty("Images") int images,
        @JsonProperty("Driver") String driver,
        @JsonProperty("Plugins") Plugins plugins,
        @JsonProperty("SystemTime") Instant systemTime,
        @JsonProperty("LoggingDriver") String loggingDriver,
        @JsonProperty("KernelVersion") String kernelVersion,
        @JsonProperty("OperatingSystem") String operatingSystem,
        @JsonProperty("OSType") String osType,
        @JsonProperty("Architecture") String architecture,
        @JsonProperty("NCPU") int ncpu,
        @JsonProperty("MemTotal") long memTotal,
        @JsonProperty("IndexServerAddress") String indexServerAddress,
        @JsonProperty("Name") String name,
        @JsonProperty("Labels") List<String> labels,
        @JsonProperty("ExperimentalBuild") boolean experimentalBuild,
        @JsonProperty("ServerVersion") String serverVersion,
        @JsonProperty("Swarm") Swarm swarm,
        @JsonProperty("MemoryLimit") boolean memoryLimit,
        @JsonProperty("SwapLimit") boolean swapLimit,
        @JsonProperty("CpuCfsPeriod") boolean cpuCfsPeriod,
        @JsonProperty("CpuCfsQuota") boolean cpuCfsQuota,
        @JsonProperty("CPUShares") boolean cpuShares,
        @JsonProperty("CPUSet") boolean cpuSet,
        @JsonProperty("PidsLimit") boolean pidsLimit,
        @JsonProperty("IPv4Forwarding") boolean ipv4Forwarding,
        @JsonProperty("BridgeNfIptables") boolean bridgeNfIptables,
        @JsonProperty("BridgeNfIp6tables") boolean bridgeNfIp6tables,
        @JsonProperty("OomKillDisable") boolean oomKillDisable,
        @JsonProperty("Warnings") List<String> warnings) {

    /** Drivers of an engine; a manager has none. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Plugins(
            @JsonProperty("Volume") List<String> volume,
            @JsonProperty("Network") List<String> network,
            @JsonProperty("Log") List<String> log) {}

    /** The cluster, as this manager sees it: {@code active} in one, {@code inactive} otherwise. */
    public record Swarm(
            @JsonProperty("NodeID") @JsonInclude(JsonInclude.Include.ALWAYS) String nodeId,
            @JsonProperty("NodeAddr") @JsonInclude(JsonInclude.Include.ALWAYS) String nodeAddr,
            @JsonProperty("LocalNodeState") String localNodeState,
            @JsonProperty("ControlAvailable") boolean controlAvailable,
            @JsonProperty("Error") @JsonInclude(JsonInclude.Include.ALWAYS) String error,
            @JsonProperty("RemoteManagers") List<RemoteManager> remoteManagers,
            @JsonProperty("Nodes") int nodes,
            @JsonProperty("Managers") int managers,
            @JsonProperty("Cluster") Optional<SwarmView> cluster) {}

    /** A manager: its node, and {@code ip:port}. */
    public record RemoteManager(@JsonProperty("NodeID") NodeId nodeId, @JsonProperty("Addr") String addr) {}
}
