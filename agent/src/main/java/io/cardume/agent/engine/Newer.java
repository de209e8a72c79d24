package io.cardume.agent.engine;

import io.cardume.api.BindOptions;
import io.cardume.api.ContainerSpec;
import io.cardume.api.HealthConfig;
import java.util.Optional;

/**
 * What of a task an engine of an older API version would ignore. A task that asks for it is refused there, or it would run as
 * something else than what was declared.
 */
final class Newer {
    private Newer() {}

    /** The field, the version it needs and the engine's, in words; empty if the engine can do all of it. */
    static Optional<String> than(String spoken, ContainerSpec spec) {
        boolean startInterval = spec.healthcheck().flatMap(HealthConfig::startInterval).filter(time -> !time.isZero()).isPresent();
        boolean forced = spec.mounts().stream().anyMatch(mount ->
                mount.bindOptions().flatMap(BindOptions::readOnlyForceRecursive).orElse(false));
        if (startInterval && isOlder(spoken, "1.44")) return words("Healthcheck.StartInterval", "1.44", spoken);
        if (forced && isOlder(spoken, "1.44")) return words("BindOptions.ReadOnlyForceRecursive", "1.44", spoken);
        return Optional.empty();
    }

    private static boolean isOlder(String spoken, String needed) {
        return !ApiVersion.older(spoken, needed).equals(needed);
    }

    private static Optional<String> words(String field, String needed, String spoken) {
        return Optional.of(field + " needs an engine with API version " + needed + ", and this one has " + spoken);
    }
}
