package io.cardume.agent.engine;

import java.time.Duration;

/**
 * How an engine is reached and how hard it is driven.
 *
 * @param host where it listens: {@code unix:///path} or {@code tcp://address:port}
 * @param starts how many containers are made or started at once; more only makes each of them slower
 * @param callLimit how long an ordinary call may take
 * @param workLimit how long making, starting or removing a container may take, and what a stop may take beyond its grace
 * @param pullSilence how long a pull may go without any news
 */
public record DockerSettings(
        String host, int starts, Duration callLimit, Duration workLimit, Duration pullSilence) {
    public DockerSettings {
        if (!host.startsWith("unix://") && !host.startsWith("tcp://"))
            throw new IllegalArgumentException(
                    "docker host \"" + host + "\": unix:///path or tcp://address:port is allowed");
        if (starts < 1) throw new IllegalArgumentException("starts at once is " + starts + ": 1 or more is allowed");
    }

    /** The defaults: 4 starts at once, 15 s for an ordinary call, 2 min for heavy ones, 1 min of silence in a pull. */
    public static DockerSettings at(String host) {
        return new DockerSettings(host, 4, Duration.ofSeconds(15), Duration.ofMinutes(2), Duration.ofMinutes(1));
    }
}
