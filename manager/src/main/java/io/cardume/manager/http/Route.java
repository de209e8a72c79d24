package io.cardume.manager.http;

import io.cardume.api.UserRole;
import io.javalin.http.HandlerType;

/**
 * Something that is served.
 *
 * @param method of HTTP
 * @param path without a version; {@code {x}} is one part of it, {@code <x>} one or more
 * @param role what its caller must be at least
 * @param told whether requests for it are in the audit log although they change nothing
 * @param serve answers a request
 */
record Route(HandlerType method, String path, UserRole role, boolean told, Serve serve) {
    /** Answers a request. */
    @FunctionalInterface
    interface Serve {
        void serve(Exchange exchange) throws Exception;
    }

    static Route get(String path, UserRole role, Serve serve) {
        return new Route(HandlerType.GET, path, role, false, serve);
    }

    static Route post(String path, UserRole role, Serve serve) {
        return new Route(HandlerType.POST, path, role, false, serve);
    }

    static Route put(String path, UserRole role, Serve serve) {
        return new Route(HandlerType.PUT, path, role, false, serve);
    }

    static Route delete(String path, UserRole role, Serve serve) {
        return new Route(HandlerType.DELETE, path, role, false, serve);
    }

    /** The same, and whoever asks for it is in the audit log. */
    Route andTold() {
        return new Route(method, path, role, true, serve);
    }
}
