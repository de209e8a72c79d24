package io.cardume.manager.link;

import io.cardume.api.DesiredState;
import io.cardume.api.ImageRegistry;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Login;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.trust.Vault;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The registry logins that a node needs: those of the services it has a task of whose image may still be pulled.
 *
 * @param sealed as they are stored, by service
 */
record Logins(SortedMap<ServiceId, Login> sealed) {
    Logins {
        sealed = Collections.unmodifiableSortedMap(new TreeMap<>(sealed));
    }

    static Logins nothing() {
        return new Logins(Collections.emptySortedMap());
    }

    static Logins of(ClusterState state, NodeId node) {
        var needed = new TreeMap<ServiceId, Login>();
        if (!state.logins().isEmpty())
            for (Task task : state.tasksOn(node))
                if (!task.isDead() && task.desired().compareTo(DesiredState.RUNNING) <= 0 && isFor(state, task))
                    needed.put(task.service(), state.logins().get(task.service()));
        return new Logins(needed);
    }

    /** A login stays with its registry when the service's image moves to another, and serves again when it comes back. */
    private static boolean isFor(ClusterState state, Task task) {
        var login = state.logins().get(task.service());
        return login != null && state.service(task.service())
                .filter(service -> login.registry().equals(ImageRegistry.of(service.template(task.revision()).containerSpec().image()))).isPresent();
    }

    /** All of them, opened; one that cannot be opened is left out. */
    ToAgent.Logins opened(Vault vault) {
        var opened = new TreeMap<String, String>();
        sealed.forEach((service, login) -> vault.open(login.sealed()).ifPresent(text -> opened.put(ToAgent.Logins.key(service, login.registry()), text)));
        return new ToAgent.Logins(opened);
    }
}
