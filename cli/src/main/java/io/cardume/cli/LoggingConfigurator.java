package io.cardume.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;

/**
 * How logs look: one plain line per event on stderr, times in UTC. {@code CARDUME_LOG_LEVEL} sets the level of our own
 * code; libraries say warnings and errors only, at {@code debug} too, and all they have at {@code trace}. In code
 * rather than XML, because reading XML costs a fifth of the agent's start.
 */
public final class LoggingConfigurator extends ContextAwareBase implements Configurator {
    /** A stack trace is folded into the event's line; what terminals obey (others' words may hold it) is a question mark. */
    static final String PATTERN = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\",UTC} %-5level %logger{0}: "
            + "%replace(%replace(%replace(%msg %ex){'\\s*[\\r\\n]+\\s*',' | '}){'[ |]+$',''}){'[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]','?'}%nopex%n";

    private static final List<String> LIBRARIES = List.of(
            "org", "com", "io.javalin", "io.netty", "io.undertow", "ch", "kotlin", "net", "jdk", "sun", "java");

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        var level = Level.toLevel(System.getenv("CARDUME_LOG_LEVEL"), Level.INFO);
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(level);
        var quiet = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
        if (level.isGreaterOrEqual(Level.DEBUG)) LIBRARIES.forEach(name -> context.getLogger(name).setLevel(quiet));
        context.addTurboFilter(new BrokenConnections());
        // It logs whole request bodies, and with them the values of environment variables.
        context.getLogger("com.github.dockerjava").setLevel(quiet);
        // Every answer that a task does not give would be an error with a stack trace; the client is told what it was.
        if (level.isGreaterOrEqual(Level.DEBUG)) context.getLogger("io.undertow.proxy").setLevel(Level.OFF);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
