package io.cardume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class LoggingConfiguratorTest {
    private final LoggerContext context = new LoggerContext();

    @Test
    void eventIsOnePlainLine() {
        assertThat(line("node {} is down", null, "a1")).matches("\\S+Z INFO  Here: node a1 is down\n");
    }

    @Test
    void stackTraceIsFoldedIntoTheLine() {
        var line = line("it broke\nin two lines", new IllegalStateException("why"));
        assertThat(line).contains("Here: it broke | in two lines").contains("IllegalStateException: why | at ").endsWith("\n");
        assertThat(line.lines()).hasSize(1);
    }

    @Test
    void whatTerminalsObeyIsNotWritten() {
        assertThat(line("host \u001b[2Jx\u009b3m\u0007\tñ 🐟\u007f", null)).endsWith("Here: host ?[2Jx?3m?\tñ 🐟?\n");
    }

    @Test
    void bodiesThatDockerJavaLogsAreNeverShown() {
        new LoggingConfigurator().configure(context);
        var logger = context.getLogger("com.github.dockerjava.core.exec.CreateContainerCmdExec");
        assertThat(logger.isDebugEnabled()).isFalse();
        assertThat(context.getLogger("io.cardume.agent").isInfoEnabled()).isTrue();
        assertThat(context.getLogger("org.eclipse.jetty").isInfoEnabled()).isFalse();
    }

    @Test
    void thatAClientBreaksItsConnectionIsForWhoDebugs() {
        new LoggingConfigurator().configure(context);
        var shown = new ListAppender<ILoggingEvent>();
        shown.start();
        var javalin = context.getLogger("io.javalin.Javalin");
        javalin.addAppender(shown);
        javalin.warn("Uncaught exception", new IOException("Broken pipe"));
        javalin.error("Exception occurred while servicing http-request", new RuntimeException(new ClosedChannelException()));
        assertThat(shown.list).isEmpty();
        javalin.warn("Uncaught exception", new IOException("No space left on device"));
        context.getLogger("io.cardume.Here").addAppender(shown);
        context.getLogger("io.cardume.Here").warn("of ours", new IOException("Broken pipe"));
        assertThat(shown.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN, Level.WARN);
    }

    @Test
    void whoDebugsSeesThatAClientBrokeItsConnection() {
        new LoggingConfigurator().configure(context);
        var shown = new ListAppender<ILoggingEvent>();
        shown.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(shown);
        var javalin = context.getLogger("io.javalin.Javalin");
        context.getLogger("io.cardume").setLevel(Level.INFO);
        javalin.warn("Uncaught exception", new IOException("Broken pipe"));
        assertThat(shown.list).as("for who does not debug").isEmpty();
        context.getLogger("io.cardume").setLevel(Level.DEBUG);
        javalin.warn("Uncaught exception", new IOException("Broken pipe"));
        javalin.error("Exception occurred while servicing http-request", new RuntimeException(new ClosedChannelException()));
        assertThat(shown.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.DEBUG, Level.DEBUG);
        assertThat(shown.list).extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("Javalin: Uncaught exception", "Javalin: Exception occurred while servicing http-request");
        assertThat(shown.list.getFirst().getThrowableProxy().getMessage()).isEqualTo("Broken pipe");
    }

    private String line(String message, Throwable thrown, Object... arguments) {
        var layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern(LoggingConfigurator.PATTERN);
        layout.start();
        var logger = context.getLogger("io.cardume.Here");
        return layout.doLayout(new LoggingEvent("here", logger, Level.INFO, message, thrown, arguments));
    }
}
