package io.cardume.manager.gate;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;

/**
 * HTTP whose connections a gate counts and watches. They take a blank {@code Host:} for this host, as Go's server does: on
 * unix sockets the CLI sends it with every request that takes the connection over, and Jetty has no setting for it.
 */
public final class GatedHttp extends HttpConnectionFactory {
    private static final HttpField LOCALHOST = new HostPortHttpField("localhost");

    private final Gate gate;

    /** @param gate what counts the connections */
    public GatedHttp(HttpConfiguration http, Gate gate) {
        super(http);
        this.gate = gate;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        var connection = new Gated(gate, getHttpConfiguration(), connector, endPoint);
        connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
        return configure(connection, connector, endPoint);
    }

    /** A connection that is counted, and says to the gate where it is. */
    static final class Gated extends HttpConnection {
        private final Gate gate;
        private final Visit visit;

        Gated(Gate gate, HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
            this.gate = gate;
            this.visit = new Visit(this);
        }

        Gate gate() {
            return gate;
        }

        Visit visit() {
            return visit;
        }

        @Override
        public void onOpen() {
            if (gate.enter(visit)) super.onOpen();
            else getEndPoint().close();
        }

        @Override
        public void onClose(Throwable cause) {
            // A connection that changes its protocol is closed as one of HTTP, and goes on as another.
            if (!getEndPoint().isOpen()) gate.leave(visit);
            else visit.upgraded();
            super.onClose(cause);
        }

        @Override
        protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
            return new HttpStreamOverHTTP1(method, uri, version) {
                @Override
                public void parsedHeader(HttpField field) {
                    boolean blank = field.getHeader() == HttpHeader.HOST && (field.getValue() == null || field.getValue().isBlank());
                    super.parsedHeader(blank ? LOCALHOST : field);
                }

                @Override
                public Runnable headerComplete() {
                    visit.headRead();
                    return super.headerComplete();
                }

                @Override
                public void send(MetaData.Request request, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
                    visit.writes();
                    super.send(request, response, last, content, new Callback.Nested(callback) {
                        @Override
                        public void succeeded() {
                            visit.written();
                            super.succeeded();
                        }

                        @Override
                        public void failed(Throwable why) {
                            visit.written();
                            super.failed(why);
                        }
                    });
                }

                @Override
                public void succeeded() {
                    visit.answered();
                    super.succeeded();
                }

                @Override
                public void failed(Throwable why) {
                    visit.answered();
                    super.failed(why);
                }
            };
        }
    }
}
