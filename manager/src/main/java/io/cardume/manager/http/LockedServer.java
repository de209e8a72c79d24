package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.AuditEntry;
import io.cardume.api.InfoView;
import io.cardume.api.Json;
import io.cardume.api.Reading;
import io.cardume.api.WireReader;
import io.cardume.manager.gate.Gate;
import io.cardume.manager.gate.GatedHttp;
import io.cardume.manager.gate.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a locked manager serves instead of its API, where only its host reaches it: who it is, that it is locked, how it is
 * unlocked, and the way out for who has lost the key. All else is refused in Swarm's words.
 */
public final class LockedServer implements AutoCloseable {
    /** Swarm's words. */
    static final String LOCKED = "Swarm is encrypted and needs to be unlocked before it can be used. "
            + "Please use \"docker swarm unlock\" to unlock it.";
    /** Swarm's words, and what {@code --force} means. */
    static final String LEAVING = "Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message. "
            + "--force begins anew, and for good: this manager's services, secrets, configs, networks, users, join tokens and certificates are lost, and no key"
            + " brings them back. Containers on other hosts run on until their agents, without cluster-id and identity.pem in their data directories,"
            + " join a cluster of this manager (docker swarm init).";
    private static final Logger LOG = LoggerFactory.getLogger(LockedServer.class);
    private static final Optional<String> LOCAL = Optional.of(Caller.LOCAL.proof());
    private static final int LARGEST_BODY = 4096;
    private static final int CONNECTIONS = 64;
    private static final long STARTED_WITHIN_SECONDS = 120;
    private static final long ANSWERED_WITHIN_SECONDS = 5;

    /** How the lock came to its end. */
    public enum Way {
        /** The key was given. */
        KEY,
        /** All that is locked is given up. */
        LEFT
    }

    /** Tries a key. */
    @FunctionalInterface
    public interface Unlock {
        /** Whether it is the right one. */
        boolean with(String key) throws IOException;
    }

    private final Unlock unlock;
    private final Audit audit;
    private final Server server = new Server();
    private final Gate gate;
    private final List<ServerConnector> tcp = new ArrayList<>();
    private final List<Path> sockets = new ArrayList<>();
    private final CompletableFuture<Way> unlocked = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Void> answered = new CompletableFuture<>();

    /**
     * Serves at once.
     *
     * @param addresses of the API; those that other hosts reach too are left out
     * @param limits how long clients may keep it waiting
     * @param audit where it is written who tried a key, and who gave all up
     * @throws IOException if an address cannot be used, or none is left
     */
    public LockedServer(List<ApiAddress> addresses, Limits limits, Audit audit, Unlock unlock) throws IOException {
        this.unlock = unlock;
        this.audit = audit;
        this.gate = new Gate("the locked manager's API", CONNECTIONS, CONNECTIONS, limits.patience());
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(Limits.HEAD_BYTES);
        server.setHandler(new Answers());
        server.setErrorHandler(new PlainErrors());
        try {
            for (ApiAddress address : addresses) listen(address, http);
            if (server.getConnectors().length == 0)
                throw new IOException("the manager is locked, and none of its API addresses, " + addresses
                        + ", is one that only this host reaches; add --api unix:///run/cardume.sock and use docker swarm unlock there");
            server.start();
            for (Path socket : sockets) {
                Files.setPosixFilePermissions(beside(socket), PosixFilePermissions.fromString("rw-------"));
                Files.move(beside(socket), socket);
            }
        } catch (Exception e) {
            close();
            throw e instanceof IOException known ? known : new IOException("the locked manager cannot serve " + addresses + ": " + e.getMessage(), e);
        }
    }

    private void listen(ApiAddress address, HttpConfiguration http) throws IOException {
        if (!address.isLocal()) {
            LOG.info("{} is not served before the manager is unlocked", address);
            return;
        }
        switch (address) {
            case ApiAddress.Unix(var path) -> {
                ApiServer.free(path);
                Files.deleteIfExists(beside(path));
                var connector = new UnixDomainServerConnector(server, new GatedHttp(http, gate));
                // It removes its path when it stops, and by then that is the socket of the unlocked manager.
                connector.setUnixDomainPath(beside(path));
                server.addConnector(connector);
                sockets.add(path);
            }
            case ApiAddress.Tls _ -> throw new IllegalStateException("a locked manager has no certificate");
            case ApiAddress.Tcp(var host, var port) -> {
                var connector = new ServerConnector(server, new GatedHttp(http, gate));
                connector.setHost(host);
                connector.setPort(port);
                server.addConnector(connector);
                tcp.add(connector);
            }
        }
    }

    private static Path beside(Path socket) {
        return socket.resolveSibling(socket.getFileName() + ".l");
    }

    /** The port that was chosen for its first TCP address. */
    int port() {
        return tcp.getFirst().getLocalPort();
    }

    /** Waits for the right key, or that the cluster is left; when this returns, the addresses are free, and whoever it was is not answered yet. */
    public Way awaitUnlocked() throws InterruptedException, IOException {
        Way way;
        try {
            way = unlocked.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        }
        tcp.forEach(ServerConnector::close);
        for (Path socket : sockets) Files.deleteIfExists(socket);
        return way;
    }

    /** The manager serves: whoever unlocked it is told. */
    public void started() {
        started.complete(null);
        awaitAnswered();
    }

    /** The manager could not start: whoever unlocked it is told why. */
    public void failed(Exception why) {
        started.completeExceptionally(why);
        awaitAnswered();
    }

    private void awaitAnswered() {
        try {
            answered.get(ANSWERED_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("who unlocked the manager was not answered", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Answers extends Handler.Abstract {
        private volatile Optional<Way> decided = Optional.empty();

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            ApiServer.headers().forEach(header -> response.getHeaders().put(header.name(), header.value()));
            var path = Objects.requireNonNullElse(request.getHttpURI().getCanonicalPath(), "").replaceFirst("^/v1\\.[0-9]+(?=/)", "");
            var stranger = Near.stranger(request);
            if (stranger.isPresent()) {
                var words = stranger.get() + ", so it is not taken for this host's own";
                if (isToBeTold(request)) told(request, Optional.empty(), 401, List.of(), Optional.of(words));
                error(response, 401, words, callback);
                return true;
            }
            switch (request.getMethod() + " " + path) {
                case "GET /_ping", "HEAD /_ping" -> {
                    response.getHeaders().put("Swarm", "locked");
                    response.getHeaders().put("Builder-Version", "1");
                    send(response, 200, "text/plain; charset=utf-8", "OK".getBytes(StandardCharsets.UTF_8), callback);
                }
                case "GET /version" -> json(response, 200, SystemRoutes.version(), callback);
                case "GET /info" -> json(response, 200, SystemRoutes.info(Optional.empty(),
                        new InfoView.Swarm("", "", "locked", false, LOCKED, List.of(), 0, 0, Optional.empty()), List.of()), callback);
                case "GET /metrics" -> send(response, 200, Metrics.TYPE, Metrics.locked(), callback);
                case "POST /swarm/unlock" -> unlock(request, response, callback);
                case "POST /swarm/leave" -> leave(request, response, callback);
                default -> refuse(request, response, 503, LOCKED, callback);
            }
            return true;
        }

        private void leave(Request request, Response response, Callback callback) throws Exception {
            var force = Objects.requireNonNullElse(Request.extractQueryParameters(request).getValue("force"), "");
            if (!Exchange.isTrue(force)) {
                refuse(request, response, 503, LEAVING, callback);
                return;
            }
            LOG.warn("{} gives up all that this manager has: docker swarm leave --force while it is locked", Near.words(request));
            decided(Way.LEFT, "the locked cluster is left: its state and its keys are to be removed", request, response, callback);
        }

        /** Only what was to change something is in the audit log. */
        private void refuse(Request request, Response response, int status, String words, Callback callback) throws JsonProcessingException {
            if (isToBeTold(request)) told(request, LOCAL, status, List.of(), Optional.of(words));
            error(response, status, words, callback);
        }

        private boolean isToBeTold(Request request) {
            return !List.of("GET", "HEAD").contains(request.getMethod());
        }

        private void told(Request request, Optional<String> proof, int status, List<String> objects, Optional<String> why) {
            audit.add(new AuditEntry(Instant.now(), Optional.empty(), proof, Near.words(request), Exchange.cut(request.getMethod()),
                    Exchange.cut(Objects.requireNonNullElse(request.getHttpURI().getPath(), "")), List.of(), objects, status, why, Optional.empty()));
        }

        private void unlock(Request request, Response response, Callback callback) throws Exception {
            var body = Content.Source.asInputStream(request).readNBytes(LARGEST_BODY + 1);
            if (body.length > LARGEST_BODY || !(WireReader.tree(body) instanceof Reading.Valid<JsonNode>(var tree))) {
                refuse(request, response, 400, "the request's body is {\"UnlockKey\": \"SWMKEY-1-...\"}", callback);
                return;
            }
            var key = WireReader.read(tree, SwarmRoutes.Unlock.class, false, _ -> true);
            if (!(key instanceof Reading.Valid<SwarmRoutes.Unlock>(var asked)) || !unlock.with(asked.unlockKey())) {
                LOG.warn("Somebody on this host tried to unlock the manager with a wrong key");
                refuse(request, response, 400, "swarm could not be unlocked: invalid key provided", callback);
                return;
            }
            decided(Way.KEY, "the manager was given its key", request, response, callback);
        }

        private synchronized boolean isFirst(Way way) {
            if (decided.isPresent()) return false;
            decided = Optional.of(way);
            return true;
        }

        /** Answers when the manager serves. */
        private void decided(Way way, String words, Request request, Response response, Callback callback) throws Exception {
            boolean first = isFirst(way);
            if (!first && decided.get() != way) {
                refuse(request, response, 503, "the manager is being started after " + (way == Way.KEY ? "its cluster was left" : "it was unlocked"), callback);
                return;
            }
            told(request, LOCAL, 200, List.of(words), Optional.empty());
            unlocked.complete(way);
            var told = first ? Callback.from(callback, () -> answered.complete(null)) : callback;
            try {
                started.get(STARTED_WITHIN_SECONDS, TimeUnit.SECONDS);
                send(response, 200, "application/json", new byte[0], told);
            } catch (ExecutionException e) {
                told(request, LOCAL, 500, List.of(), Optional.of("the manager cannot start after this"));
                error(response, 500, "the manager is " + (way == Way.KEY ? "unlocked" : "rid of its cluster") + ", but cannot start: " + e.getCause().getMessage(), told);
            } catch (TimeoutException e) {
                error(response, 500, "the manager is " + (way == Way.KEY ? "unlocked" : "rid of its cluster") + ", but did not start within " + STARTED_WITHIN_SECONDS + " s", told);
            }
        }

        private void error(Response response, int status, String words, Callback callback) throws JsonProcessingException {
            json(response, status, Exchange.object().put("message", words), callback);
        }

        private void json(Response response, int status, Object value, Callback callback) throws JsonProcessingException {
            send(response, status, "application/json", Json.lenient().writeValueAsBytes(value), callback);
        }

        private void send(Response response, int status, String type, byte[] body, Callback callback) {
            response.setStatus(status);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            response.write(true, ByteBuffer.wrap(body), callback);
        }
    }

    /** Stops serving. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the locked manager's API did not end well", e);
        }
        gate.close();
        if (unlocked.isDone()) return;
        for (Path socket : sockets) {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                LOG.warn("{} cannot be removed: {}", socket, e.getMessage());
            }
        }
    }
}
