package io.cardume.manager.gate;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP port whose connections end when their other host is gone: nothing else tells that of a stream which has nothing to say. */
public final class KeptAlive extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(KeptAlive.class);
    private static final int IDLE_SECONDS = 30;
    private static final int AGAIN_SECONDS = 10;
    private static final int TIMES = 3;

    public KeptAlive(Server server, ConnectionFactory... factories) {
        super(server, factories);
    }

    @Override
    protected void configure(Socket socket) {
        super.configure(socket);
        try {
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, AGAIN_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, TIMES);
        } catch (IOException e) {
            LOG.debug("a connection is not kept alive", e);
        }
    }
}
