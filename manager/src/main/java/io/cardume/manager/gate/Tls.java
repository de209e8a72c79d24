package io.cardume.manager.gate;

import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS in front of HTTP, as every port has it that other hosts reach. */
public final class Tls {
    private Tls() {}

    /** With the buffers that hold what is secret outside the heap: no heap dump has them. */
    public static SslConnectionFactory before(SslContextFactory.Server context) {
        var factory = new SslConnectionFactory(context, HttpVersion.HTTP_1_1.asString());
        factory.setDirectBuffersForDecryption(true);
        factory.setDirectBuffersForEncryption(true);
        return factory;
    }
}
