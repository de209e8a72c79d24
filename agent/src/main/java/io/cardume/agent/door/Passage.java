package io.cardume.agent.door;

import io.undertow.client.ClientConnection;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** One request on its way through the door; known to one thread. */
final class Passage {
    private static final AttachmentKey<Passage> KEY = AttachmentKey.create(Passage.class);

    final String host;
    final String path;
    final Set<Target> tried = new HashSet<>();
    Optional<Route.Pick> pick = Optional.empty();
    Optional<ClientConnection> connection = Optional.empty();
    /** Whether the task has not answered in time. */
    boolean late;

    private Passage(String host, String path) {
        this.host = host;
        this.path = path;
    }

    static Passage begun(HttpServerExchange exchange, String host, String path) {
        var passage = new Passage(host, path);
        exchange.putAttachment(KEY, passage);
        return passage;
    }

    static Optional<Passage> of(HttpServerExchange exchange) {
        return Optional.ofNullable(exchange.getAttachment(KEY));
    }
}
