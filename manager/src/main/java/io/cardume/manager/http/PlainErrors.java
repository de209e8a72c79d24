package io.cardume.manager.http;

import io.cardume.manager.gate.Limits;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors of HTTP itself, found before any route is looked for, in the engine's form too. */
final class PlainErrors extends ErrorHandler {
    private static final Logger LOG = LoggerFactory.getLogger(PlainErrors.class);

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        ApiServer.headers().forEach(header -> response.getHeaders().put(header.name(), header.value()));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        var message = request.getAttribute(ERROR_MESSAGE);
        LOG.debug("{} {} is no request: {}", request.getMethod(), request.getHttpURI(), message, (Throwable) request.getAttribute(ERROR_EXCEPTION));
        var words = switch (response.getStatus()) {
            case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431, HttpStatus.URI_TOO_LONG_414 ->
                message + ": the request's line and headers are larger than " + Limits.HEAD_BYTES + " bytes, which is the most";
            default -> message == null ? "the request is no HTTP" : message.toString();
        };
        var body = Exchange.object().put("message", words) + "\n";
        Content.Sink.write(response, true, body, callback);
        return true;
    }
}
