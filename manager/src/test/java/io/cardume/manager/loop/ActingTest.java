package io.cardume.manager.loop;

import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Commands as users give them, held against what they may change when they are done and not when they were asked. */
class ActingTest extends CommandScene {
    private static final UserName ANA = new UserName("ana");

    private <A> Acting<A> as(Command<A> command) {
        return new Acting<>(new Actor.Named(ANA), command);
    }

    private void ana(UserRole role) throws Refusal {
        done(init());
        done(new CreateUser(ANA, role, new TreeSet<>(), "digest", Optional.empty()));
    }

    @Test
    void whoWasRemovedSinceItAskedIsRefused() throws Refusal {
        ana(UserRole.ADMIN);
        done(new RemoveUser(ANA));
        assertRefused(as(new CreateService(service("web", 1))), Refusal.Kind.UNAUTHENTICATED, "user ana was removed");
    }

    @Test
    void whoBecameAViewerSinceItAskedChangesNothing() throws Refusal {
        ana(UserRole.DEPLOYER);
        done(as(new CreateService(service("web", 1))));
        done(new UpdateUser(ANA, UserRole.VIEWER, new TreeSet<>()));
        assertRefused(as(new CreateService(service("api", 1))), Refusal.Kind.FORBIDDEN, "user ana is a viewer");
        assertRefused(as(new RemoveService(state.serviceNamed("web").orElseThrow().id())), Refusal.Kind.FORBIDDEN, "an admin may");
    }

    @Test
    void whateverADeployerAsksForItChangesNeitherClusterNorUsers() throws Refusal {
        ana(UserRole.DEPLOYER);
        var cluster = state.cluster().orElseThrow();
        assertRefused(as(new LeaveCluster(true)), Refusal.Kind.FORBIDDEN, "user ana is a deployer");
        assertRefused(as(new UpdateUser(ANA, UserRole.ADMIN, new TreeSet<>())), Refusal.Kind.FORBIDDEN, "user ana is a deployer");
        assertRefused(as(new UpdateCluster(cluster.version(), new TreeMap<>(), 5, Optional.empty(), Optional.empty())), Refusal.Kind.FORBIDDEN, "a deployer");
        assertRefused(as(new RemoveNode(cluster.manager(), true)), Refusal.Kind.INVALID, "");
    }

    @Test
    void whatWasChangedIsTold() throws Refusal {
        ana(UserRole.DEPLOYER);
        var id = done(as(new CreateService(service("web", 1)))).answer();
        var removed = done(as(new RemoveService(id)));
        assertThat(removed.touched()).containsExactly("service web (" + id + ")");
        assertThat(done(new Acting<>(new Actor.Local(), new RemoveUser(ANA))).touched()).containsExactly("user ana");
    }
}
