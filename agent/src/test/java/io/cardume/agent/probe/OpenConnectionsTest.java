package io.cardume.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {
    private static final String LISTENS = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1";

    @Test
    void whoIsConnectedToAPortThatIsListenedOnCounts() {
        assertThat(OpenConnections.count(List.of(LISTENS, line("0201000A:0050", "01"), line("0201000A:0050", "08")), List.of())).isEqualTo(2);
        assertThat(OpenConnections.count(List.of(LISTENS), List.of(line("0000000000000000FFFF00000201000A:0050", "03")))).isEqualTo(1);
    }

    @Test
    void whatIsOverAndWhatTheContainerItselfBeganDoesNot() {
        for (String over : List.of("02", "05", "06", "07"))
            assertThat(OpenConnections.count(List.of(LISTENS, line("0201000A:0050", over)), List.of())).as(over).isZero();
        assertThat(OpenConnections.count(List.of(LISTENS, line("0201000A:C350", "01")), List.of())).isZero();
    }

    @Test
    void whatTheContainerSaysToItselfDoesNot() {
        assertThat(OpenConnections.count(List.of(LISTENS, line("0100007F:0050", "01"), line("0B00007F:0050", "01")),
                List.of(line("00000000000000000000000001000000:0050", "01"), line("0000000000000000FFFF00000100007F:0050", "01")))).isZero();
    }

    @Test
    void ofAProcessThatIsGoneThereAreNone() {
        assertThat(OpenConnections.of(Integer.MAX_VALUE)).isZero();
    }

    @Test
    void theKernelsOwnTablesAreUnderstood() throws IOException {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                var _ = new Socket(server.getInetAddress(), server.getLocalPort())) {
            assertThat(OpenConnections.of(ProcessHandle.current().pid())).isGreaterThanOrEqualTo(0);
        }
    }

    private static String line(String local, String state) {
        return "   1: " + local + " 0301000A:9C40 " + state + " 00000000:00000000 00:00000000 00000000     0        0 2 1";
    }
}
