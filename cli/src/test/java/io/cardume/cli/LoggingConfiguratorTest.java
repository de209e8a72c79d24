package io.cardume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
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

    private String line(String message, Throwable thrown, Object... arguments) {
        var layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern(LoggingConfigurator.PATTERN);
        layout.start();
        var logger = context.getLogger("io.cardume.Here");
        return layout.doLayout(new LoggingEvent("here", logger, Level.INFO, message, thrown, arguments));
    }
}
