package io.cardume.agent.door;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import io.undertow.server.handlers.CookieImpl;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.xnio.Options;

/**
 * Receives every request: refuses what is not understood in one way only, finds the route, takes out what is meant for the
 * next hop alone or pretends to come from a proxy, and hands the rest on.
 */
final class Porter implements HttpHandler {
    private static final Pattern HOST = Pattern.compile("((?:[A-Za-z0-9_-]+\\.)*[A-Za-z0-9_-]+|\\[[0-9A-Fa-f:.]+])(\\.?)(?::([0-9]{1,5}))?");
    /** The expression calls itself for every label, which a few thousand would make too deep. */
    private static final int LONGEST_HOST = 255;
    private static final String PRETENDED = "x-forwarded-";
    private static final List<HttpString> FOR_THE_HOP = Stream.of(
                    "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Forwarded", "X-Real-IP", "Proxy", "HTTP2-Settings")
            .map(HttpString::new).toList();
    /** What says where a message goes and where it ends; a client cannot have it taken out. */
    private static final Set<String> KEPT = Set.of("host", "content-length", "transfer-encoding", "connection", "upgrade");
    private static final int HTTPS = 443;

    private final Backends backends;
    private final HttpHandler proxy;
    private final IntSupplier httpsPort;

    /**
     * @param proxy passes a request on
     * @param httpsPort where HTTPS is answered; 0 = nowhere
     */
    Porter(Backends backends, HttpHandler proxy, IntSupplier httpsPort) {
        this.backends = backends;
        this.proxy = proxy;
        this.httpsPort = httpsPort;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        var method = exchange.getRequestMethod();
        if (method.equals(Methods.CONNECT) || method.equals(Methods.TRACE)) {
            say(exchange, StatusCodes.METHOD_NOT_ALLOWED, method + " is not answered here");
            return;
        }
        var headers = exchange.getRequestHeaders();
        if (headers.contains(Headers.HOST) && headers.getFirst(Headers.HOST).length() > LONGEST_HOST) {
            refuse(exchange, "the Host header is longer than " + LONGEST_HOST + " characters");
            return;
        }
        var host = host(headers);
        if (host.isEmpty()) {
            refuse(exchange, "the request does not say one host: there is to be one Host header with a name or an address");
            return;
        }
        if (!isFramedOnce(exchange, headers)) {
            refuse(exchange, "where the request ends is not clear: a Transfer-Encoding is to be \"chunked\", once, and of HTTP/1.1");
            return;
        }
        var target = target(exchange, headers.getFirst(Headers.HOST));
        if (target.isEmpty()) {
            refuse(exchange, "the request's target is to be a path that begins with /, or a URL of the host that the Host header names");
            return;
        }
        var path = target.get();
        var route = backends.route(host.get(), path);
        if (route.isEmpty()) {
            say(exchange, StatusCodes.NOT_FOUND, "no service is reached at " + host.get() + path);
            return;
        }
        if (route.get().isSecure() && !exchange.isSecure()) {
            toHttps(exchange, host.get(), path);
            return;
        }
        var passage = Passage.begun(exchange, host.get(), path);
        clean(headers);
        exchange.addDefaultResponseListener(unanswered -> explain(unanswered, route.get(), passage));
        exchange.addResponseCommitListener(answered -> answer(answered, passage));
        proxy.handleRequest(exchange);
    }

    /** Whether everybody sees the same end of the request; the server itself has refused it together with a length. */
    private static boolean isFramedOnce(HttpServerExchange exchange, HeaderMap headers) {
        var said = headers.get(Headers.TRANSFER_ENCODING);
        return said == null || said.size() == 1 && said.getFirst().equalsIgnoreCase("chunked") && exchange.isHttp11();
    }

    /** The host's name in small letters, without port. */
    private static Optional<String> host(HeaderMap headers) {
        var said = headers.get(Headers.HOST);
        if (said == null || said.size() != 1) return Optional.empty();
        var matcher = HOST.matcher(said.getFirst());
        return matcher.matches() ? Optional.of(matcher.group(1).toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    /** The path as it was sent. */
    private static Optional<String> target(HttpServerExchange exchange, String host) {
        var uri = exchange.getRequestURI();
        var query = exchange.getQueryString();
        if ((uri + query).chars().anyMatch(each -> each <= ' ' || each == 127)) return Optional.empty();
        if (exchange.isHostIncludedInRequestURI()) {
            int authority = uri.indexOf("//") + 2;
            int slash = uri.indexOf('/', authority);
            var named = slash < 0 ? uri.substring(authority) : uri.substring(authority, slash);
            if (!named.equalsIgnoreCase(host) || slash < 0) return Optional.empty();
            uri = uri.substring(slash);
        }
        return uri.startsWith("/") ? Optional.of(uri) : Optional.empty();
    }

    private void toHttps(HttpServerExchange exchange, String host, String path) {
        int port = httpsPort.getAsInt();
        if (port == 0) {
            say(exchange, StatusCodes.SERVICE_UNAVAILABLE, "this is answered over HTTPS only, which this host does not listen for");
            return;
        }
        var query = exchange.getQueryString();
        exchange.setStatusCode(StatusCodes.PERMANENT_REDIRECT);
        exchange.getResponseHeaders().put(Headers.LOCATION,
                "https://" + host + (port == HTTPS ? "" : ":" + port) + path + (query.isEmpty() ? "" : "?" + query));
        exchange.endExchange();
    }

    private static void clean(HeaderMap headers) {
        var host = headers.getFirst(Headers.HOST);
        boolean webSocket = headers.contains(Headers.UPGRADE)
                && headers.get(Headers.UPGRADE).size() == 1
                && headers.getFirst(Headers.UPGRADE).equalsIgnoreCase("websocket")
                && words(headers).contains("upgrade");
        for (String word : words(headers)) if (!KEPT.contains(word)) headers.remove(new HttpString(word));
        FOR_THE_HOP.forEach(headers::remove);
        for (HttpString name : List.copyOf(headers.getHeaderNames()))
            if (name.toString().toLowerCase(Locale.ROOT).startsWith(PRETENDED)) headers.remove(name);
        headers.put(Headers.X_FORWARDED_HOST, host);
        if (webSocket) {
            headers.put(Headers.CONNECTION, "Upgrade");
        } else {
            headers.remove(Headers.UPGRADE);
            headers.remove(Headers.CONNECTION);
        }
    }

    /** What the Connection headers say, in small letters. */
    private static Set<String> words(HeaderMap headers) {
        var words = new TreeSet<String>();
        if (headers.contains(Headers.CONNECTION))
            for (String value : headers.get(Headers.CONNECTION))
                for (String word : value.split(",")) if (!word.isBlank()) words.add(word.strip().toLowerCase(Locale.ROOT));
        return words;
    }

    /** What goes back to the client is for this hop: whether the task closes its connection is not the client's affair. */
    private static void answer(HttpServerExchange exchange, Passage passage) {
        var headers = exchange.getResponseHeaders();
        if (exchange.getStatusCode() == StatusCodes.SWITCHING_PROTOCOLS) {
            mayStaySilent(exchange.getConnection());
        } else {
            headers.remove(Headers.CONNECTION);
            headers.remove(Headers.UPGRADE);
        }
        headers.remove("Keep-Alive");
        headers.remove("Proxy-Connection");
        if (passage.connection.isEmpty()) return;
        passage.pick.ifPresent(pick -> pick.member().labels().sticky().ifPresent(name -> {
            var said = exchange.getRequestCookie(name);
            if (said != null && said.getValue().equals(pick.target().mark())) return;
            var cookie = new CookieImpl(name, pick.target().mark())
                    .setPath(pick.member().labels().path())
                    .setHttpOnly(true)
                    .setSameSiteMode("Lax")
                    .setSecure(exchange.isSecure());
            exchange.setResponseCookie(cookie);
        }));
    }

    /** A WebSocket may be silent for as long as it likes; before the task has agreed to it, it is a request like any other. */
    private static void mayStaySilent(ServerConnection connection) {
        try {
            connection.setOption(Options.READ_TIMEOUT, 0);
            connection.setOption(Options.WRITE_TIMEOUT, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The proxy has given up without an answer: says which of the reasons it was. */
    private static boolean explain(HttpServerExchange exchange, Route route, Passage passage) {
        if (exchange.getStatusCode() < StatusCodes.INTERNAL_SERVER_ERROR) return false;
        if (passage.late)
            say(exchange, StatusCodes.GATEWAY_TIME_OUT, "a task of service " + name(route, passage) + " has not begun to answer in time");
        else if (passage.tried.isEmpty())
            say(exchange, StatusCodes.SERVICE_UNAVAILABLE, "no task of service " + route.names() + " takes requests");
        else
            say(exchange, StatusCodes.BAD_GATEWAY, "service " + name(route, passage) + " cannot be reached, or has closed the connection without an answer; "
                    + "tasks tried: " + passage.tried.size());
        return true;
    }

    private static String name(Route route, Passage passage) {
        return passage.pick.map(pick -> pick.member().name()).orElse(route.names());
    }

    /** Whatever follows on the connection may be part of what was not understood. */
    private static void refuse(HttpServerExchange exchange, String words) {
        exchange.setPersistent(false);
        say(exchange, StatusCodes.BAD_REQUEST, words);
    }

    private static void say(HttpServerExchange exchange, int status, String words) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
        exchange.getResponseSender().send(words + "\n");
    }
}
