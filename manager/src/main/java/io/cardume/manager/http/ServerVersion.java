package io.cardume.manager.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this manager, as it was built. */
final class ServerVersion {
    static final String TEXT = read();

    private ServerVersion() {}

    private static String read() {
        var properties = new Properties();
        try (InputStream in = ServerVersion.class.getResourceAsStream("build.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
