package io.cardume.manager.cluster;

import io.cardume.api.Driver;
import io.cardume.api.Mount;
import io.cardume.api.Placement;
import io.cardume.api.ServiceSpec;
import io.cardume.api.UpdateConfig;
import io.cardume.api.VolumeOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How an update or a rollback is carried out. Where the caller gives a config, what it leaves out is Swarm's default; where
 * there is none, new before old and back by itself.
 *
 * @param parallelism slots that change at once; 0 = all
 * @param delay rest after each slot
 * @param action what is done when too many new tasks fail
 * @param monitor a task that ends within this time after it began to serve has failed; the last one is watched for as long
 * @param maxFailureRatio failures per slot that are tolerated
 * @param order which of the two tasks of a slot goes first
 * @param said whether the caller asked for it
 * @param why why it is stop-first where the caller said nothing, in words; "" otherwise
 */
public record Pace(
        long parallelism,
        Duration delay,
        Action action,
        Duration monitor,
        double maxFailureRatio,
        Takeover.Order order,
        boolean said,
        String why) {
    private static final Duration MONITOR = Duration.ofSeconds(5);
    private static final long PARALLELISM = 1;

    /** What is done when too many new tasks fail. */
    public enum Action {
        PAUSE,
        CONTINUE,
        ROLLBACK
    }

    /** The pace of what a service is doing: of its rollback if that is on its way, of an update otherwise. */
    public static Pace of(Service service) {
        return of(service.spec(), service.update().filter(status -> status.state().isRollback()).isPresent());
    }

    /** The pace a spec asks for; a rollback of which it says nothing goes as an update, but never back again. */
    public static Pace of(ServiceSpec spec, boolean rollback) {
        var config = rollback ? spec.rollbackConfig().or(spec::updateConfig) : spec.updateConfig();
        var pace = config.map(Pace::said).orElseGet(() -> unsaid(spec));
        return rollback && pace.action == Action.ROLLBACK ? pace.pausing() : pace;
    }

    private static Pace said(UpdateConfig config) {
        var delay = config.delay().orElse(Duration.ZERO);
        var monitor = config.monitor().filter(Duration::isPositive).orElse(MONITOR);
        var action = switch (config.failureAction().orElse("")) {
            case "continue" -> Action.CONTINUE;
            case "rollback" -> Action.ROLLBACK;
            default -> Action.PAUSE;
        };
        var order = config.order().filter("start-first"::equals).isPresent()
                ? Takeover.Order.START_FIRST : Takeover.Order.STOP_FIRST;
        // A task is watched at least until the next one is due, as in Swarm.
        return new Pace(config.parallelism().orElse(0L), delay, action,
                monitor.compareTo(delay) > 0 ? monitor : delay.plusSeconds(1), config.maxFailureRatio().orElse(0.0), order, true, "");
    }

    private static Pace unsaid(ServiceSpec spec) {
        var why = obstacle(spec).orElse("");
        return new Pace(PARALLELISM, Duration.ZERO, Action.ROLLBACK, MONITOR, 0,
                why.isEmpty() ? Takeover.Order.START_FIRST : Takeover.Order.STOP_FIRST, false, why);
    }

    private Pace pausing() {
        return new Pace(parallelism, delay, Action.PAUSE, monitor, maxFailureRatio, order, said, why);
    }

    /** Why two tasks of one slot had better not run side by side. */
    private static Optional<String> obstacle(ServiceSpec spec) {
        var ports = spec.hostPorts().stream().filter(port -> port.publishedPort() != 0).toList();
        if (!ports.isEmpty()) return Optional.of("port " + ports.getFirst().key() + " of a host serves one task only");
        var kept = spec.taskTemplate().containerSpec().mounts().stream().filter(Pace::isKeptOnNode).toList();
        if (!kept.isEmpty())
            return Optional.of("the tasks write to " + kept.getFirst().source().orElse("") + " of their node");
        long most = spec.taskTemplate().placement().flatMap(Placement::maxReplicas).orElse(0L);
        return most > 0 ? Optional.of("a node may have no more than " + most + " replicas") : Optional.empty();
    }

    private static boolean isKeptOnNode(Mount mount) {
        if (mount.readOnly().orElse(false) || mount.source().orElse("").isEmpty()) return false;
        var driver = mount.volumeOptions().flatMap(VolumeOptions::driverConfig).map(Driver::name).orElse("");
        return mount.type().equals("bind") || List.of("", "volume").contains(mount.type()) && List.of("", "local").contains(driver);
    }
}
