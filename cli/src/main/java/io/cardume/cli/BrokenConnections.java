package io.cardume.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import org.slf4j.Marker;

/** That a client breaks its connection is no trouble of the server's: Javalin's warnings and errors of it are for who debugs. */
final class BrokenConnections extends TurboFilter {
    private static final String JAVALIN = "io.javalin";
    private static final String JETTYS = "org.eclipse.jetty.io.EofException";
    private static final Set<String> WORDS = Set.of("Broken pipe", "Connection reset", "Connection reset by peer");

    @Override
    public FilterReply decide(Marker marker, Logger logger, Level level, String format, Object[] parameters, Throwable thrown) {
        if (thrown == null || !level.isGreaterOrEqual(Level.WARN) || !logger.getName().startsWith(JAVALIN) || !isBroken(thrown)) return FilterReply.NEUTRAL;
        // Libraries say nothing at debug.
        logger.getLoggerContext().getLogger(BrokenConnections.class).debug("Javalin: {}", format, thrown);
        return FilterReply.DENY;
    }

    private static boolean isBroken(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause())
            if (cause instanceof ClosedChannelException || cause.getClass().getName().equals(JETTYS) || cause instanceof IOException && cause.getMessage() != null && WORDS.contains(cause.getMessage())) return true;
        return false;
    }
}
