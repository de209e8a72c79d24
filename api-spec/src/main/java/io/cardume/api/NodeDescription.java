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
 */
public record NodeDescription(
        String hostname,
        Platform platform,
        long nanoCpus,
        long memoryBytes,
        String engineVersion,
        SortedMap<String, String> engineLabels,
        List<String> plugins) {
    public NodeDescription {
        hostname = Copies.text(hostname);
        platform = platform == null ? new Platform("", "") : platform;
        engineVersion = Copies.text(engineVersion);
        engineLabels = Copies.labels(engineLabels);
        plugins = Copies.list(plugins);
    }
}
