package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.cardume.e2e.Host.Container;
import io.cardume.e2e.Host.Daemon;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The fleet does what the other tests rely on. */
@ExtendWith(OnFleet.class)
@Order(1)
class FleetIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Fleet fleet;
    private final Host host;

    FleetIT(Fleet fleet) {
        this.fleet = fleet;
        this.host = fleet.host(2);
    }

    @AfterEach
    void leaveNothing() {
        fleet.hosts().forEach(each -> each.containers().forEach(container -> each.remove(container.id())));
    }

    @Test
    void everyHostHasAnEngineOfItsOwn() {
        host.foreign("alone", "cardume/web:1");

        assertThat(fleet.host(1).containers()).isEmpty();
        assertThat(host.containers()).extracting(Container::name).containsExactly("alone");
        assertThat(fleet.hosts()).extracting(each -> each.engine().get("/info").path("Name").asText())
                .containsExactly("h1", "h2", "h3");
    }

    @Test
    void killedHostLosesEverythingAtOnceAndComesBackWithItsDisk() {
        host.foreign("lost", "cardume/web:1");
        Daemon daemon = host.run("sleeper", List.of("sleep", "1000"));

        host.kill();

        assertThat(daemon.alive()).isFalse();
        host.start();
        assertThat(host.containers()).extracting(Container::name, Container::state)
                .containsExactly(tuple("lost", "exited"));
    }

    @Test
    void containersOutliveTheirEngine() {
        String id = host.foreign("survivor", "cardume/web:1");
        int before = host.engine().get("/containers/" + id + "/json").path("State").path("Pid").asInt();

        host.killEngine();
        host.startEngine();

        assertThat(host.engine().get("/containers/" + id + "/json").path("State").path("Pid").asInt()).isEqualTo(before);
        assertThat(host.containers()).allMatch(Container::runs);
    }

    @Test
    void cutHostIsOutOfReachUntilItIsHealed() {
        Daemon httpd = host.run("httpd", List.of("busybox", "httpd", "-f", "-p", "9000"));
        Await.until("host is reached", SOON, () -> reached(host));

        host.cut();
        assertThat(reached(host)).isFalse();

        host.heal();
        Await.until("host is reached again", SOON, () -> reached(host));
        httpd.kill();
    }

    @Test
    void processKilledInsideAContainerEndsIt() {
        String id = host.foreign("victim", "cardume/web:1");

        host.killProcess(id);

        Await.until("the container has ended", SOON, host::containers, all -> all.getFirst().state().equals("exited"));
        assertThat(host.engine().get("/containers/" + id + "/json").path("State").path("ExitCode").asInt()).isEqualTo(137);
    }

    private static boolean reached(Host host) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host.address(), 9000), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
