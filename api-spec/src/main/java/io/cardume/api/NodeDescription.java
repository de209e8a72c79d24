package io.cardume.api;

import java.util.List;
import java.util.SortedMap;

/**
 * What an agent says of its host and engine.
 *
 * @param hostname the host's name, or the name the agent was given
 * @param platform as uname says, e.g. {@code x86_64} and {@code linux}
 * @param nanoCpus billionths of a CPU the engine has
 * @param memoryBytes bytes of memory the engine has
 * @param engineVersion version of the local engine; "" where there is no engine
 * @param engineLabels labels of the engine and of the agent ({@code --label})
 * @param plugins drivers the engine knows, as {@code Type/Name}, sorted
 * @param genericResources resources that users defined for the host, by the engine's configuration or the agent's
 */
public record NodeDescription(
        String hostname,
        Platform platform,
        long nanoCpus,
        long memoryBytes,
        String engineVersion,
        SortedMap<String, String> engineLabels,
        List<String> plugins,
        List<GenericResource> genericResources) {
    /** The plugin that a host has which can be part of networks that span the hosts. */
    public static final String OVERLAY = "Network/overlay";
    /** The engine label that says why a host cannot. */
    public static final String NO_OVERLAY = "cardume.no-overlay";
    /** The engine label that says why a host's agent does not see who is connected to its containers. */
    public static final String NO_DRAIN = "cardume.no-drain";

    public NodeDescription {
        hostname = Copies.text(hostname);
        platform = platform == null ? new Platform("", "") : platform;
        engineVersion = Copies.text(engineVersion);
        engineLabels = Copies.labels(engineLabels);
        plugins = Copies.list(plugins);
        genericResources = Copies.list(genericResources);
    }

    /** Without resources that users defined. */
    public NodeDescription(
            String hostname, Platform platform, long nanoCpus, long memoryBytes, String engineVersion,
            SortedMap<String, String> engineLabels, List<String> plugins) {
        this(hostname, platform, nanoCpus, memoryBytes, engineVersion, engineLabels, plugins, List.of());
    }

    /** With other resources that users defined. */
    public NodeDescription with(List<GenericResource> resources) {
        return new NodeDescription(hostname, platform, nanoCpus, memoryBytes, engineVersion, engineLabels, plugins, resources);
    }

    /** Whether its host can be part of networks that span the hosts. */
    public boolean spansNetworks() {
        return plugins.contains(OVERLAY);
    }
}
