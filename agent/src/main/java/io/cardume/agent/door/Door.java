package io.cardume.agent.door;

import io.cardume.api.link.PortTrouble;
import java.util.List;
import java.util.Optional;

/**
 * The door of the host: HTTP requests that come to it are passed on to the tasks of services, by host and path. A port is
 * taken only while a service wants it, and the server behind it is loaded with the first one.
 */
public final class Door implements AutoCloseable {
    /** Knows who has a port of the host. */
    public interface Owners {
        /** The process that has a TCP port, as a phrase; empty if it cannot be seen. */
        Optional<String> of(int port);
    }

    private final DoorSettings settings;
    private final Owners owners;
    private Optional<HttpServer> server = Optional.empty();

    /** One on ports of which nobody is known to have one. */
    public Door(DoorSettings settings) {
        this(settings, _ -> Optional.empty());
    }

    /**
     * @param settings its ports
     * @param owners is asked when one is taken
     */
    public Door(DoorSettings settings, Owners owners) {
        this.settings = settings;
        this.owners = owners;
    }

    /**
     * From the return of this on, no new request is sent to a task that is not in the table. Those under way go on, and
     * clients stay connected. What could not be done the last time is tried again.
     *
     * @return what cannot be answered
     */
    public synchronized List<PortTrouble> tell(DoorTable table) {
        if (server.isEmpty() && table.members().isEmpty()) return List.of();
        if (server.isEmpty()) server = Optional.of(new HttpServer(settings, HttpServer.Patience.DEFAULT, HttpServer.Crowds.DEFAULT, owners));
        return server.get().tell(table);
    }

    /** Ends at once; requests under way are lost. */
    @Override
    public synchronized void close() {
        server.ifPresent(HttpServer::close);
        server = Optional.empty();
    }
}
