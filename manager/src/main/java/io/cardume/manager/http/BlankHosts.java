package io.cardume.manager.http;

import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * Connections that take a blank {@code Host:} for this host, as Go's server does: on unix sockets the CLI sends it with
 * every request that takes the connection over, and Jetty has no setting for it.
 */
final class BlankHosts extends HttpConnectionFactory {
    private static final HttpField LOCALHOST = new HostPortHttpField("localhost");

    BlankHosts(HttpConfiguration http) {
        super(http);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        var connection = new Tolerant(getHttpConfiguration(), connector, endPoint);
        connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
        return configure(connection, connector, endPoint);
    }

    private static final class Tolerant extends HttpConnection {
        Tolerant(HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
        }

        @Override
        protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
            return new HttpStreamOverHTTP1(method, uri, version) {
                @Override
                public void parsedHeader(HttpField field) {
                    boolean blank = field.getHeader() == HttpHeader.HOST && (field.getValue() == null || field.getValue().isBlank());
                    super.parsedHeader(blank ? LOCALHOST : field);
                }
            };
        }
    }
}
