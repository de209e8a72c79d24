package io.cardume.manager.http;

import io.javalin.http.HandlerType;

/**
 * Something that is served.
 *
 * @param method of HTTP
 * @param path without a version; {@code {x}} is one part of it, {@code <x>} one or more
 * @param serve answers a request
 */
record Route(HandlerType method, String path, Serve serve) {
    /** Answers a request. */
    @FunctionalInterface
    interface Serve {
        void serve(Exchange exchange) throws Exception;
    }

    static Route get(String path, Serve serve) {
        return new Route(HandlerType.GET, path, serve);
    }

    static Route post(String path, Serve serve) {
        return new Route(HandlerType.POST, path, serve);
    }

    static Route put(String path, Serve serve) {
        return new Route(HandlerType.PUT, path, serve);
    }

    static Route delete(String path, Serve serve) {
        return new Route(HandlerType.DELETE, path, serve);
    }
}
