package io.cardume.agent.balance;

import static io.cardume.agent.balance.Tables.balances;
import static io.cardume.agent.balance.Tables.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a program in the place of the kernel's, which writes down what it is told and does as files say. */
class NftBalancerTest {
    private static final ClusterId CLUSTER = new ClusterId("one");
    private static final String KERNEL = """
            cd "$0"; echo "$*" >> told; cat > /dev/null
            if [ -f "$1.fails" ]; then echo broken >&2; exit 2; fi
            case "$1 $2" in
              "nft list") printf '\\t\\treturn\\n' ;;
              "conntrack -L") cat flows ;;
              "iptables"*) if [ "$4" = -S ]; then exit 1; fi ;;
            esac
            """;

    /** Longer than a test: who is lost has all that time to answer. */
    private static final Duration LATER = Duration.ofHours(1);

    @TempDir
    private Path directory;

    private List<String> conntrack() throws IOException {
        var told = Files.readAllLines(directory.resolve("told"));
        Files.writeString(directory.resolve("told"), "");
        return told.stream().filter(line -> line.startsWith("conntrack ") && !line.endsWith("--version")).toList();
    }

    @Test
    void conversationsOfALostWayAreForgottenByOneCommand() throws Exception {
        Files.writeString(directory.resolve("flows"), """
                udp 17 29 src=192.0.2.9 dst=10.9.200.1 sport=5001 dport=53 src=10.9.0.14 dst=10.9.0.2 sport=53 dport=5001 mark=0 use=1
                udp 17 29 src=192.0.2.9 dst=10.9.200.1 sport=5002 dport=53 src=10.9.0.14 dst=10.9.0.2 sport=53 dport=5002 mark=0 use=1
                """);
        try (var balancer = new NftBalancer(new Commands(List.of("sh", "-c", KERNEL, directory.toString())), LATER)) {
            assertThat(balancer.obstacle()).isEmpty();
            var two = balances(service("dns", "10.9.200.1", 2));
            balancer.balance(CLUSTER, two, true);
            assertThat(conntrack()).containsExactly("conntrack -L -p udp", "conntrack -D -p udp --orig-dst 10.9.200.1 --reply-src 10.9.0.14");
            // All is as it was: nothing is read.
            balancer.balance(CLUSTER, two, true);
            assertThat(conntrack()).isEmpty();
            var one = balances(service("dns", "10.9.200.1", 1));
            balancer.balance(CLUSTER, one, false);
            assertThat(conntrack()).containsExactly("conntrack -D -p udp --orig-dst 10.9.200.1 --reply-src 10.9.0.12");

            // What did not succeed is done again, however little is different then.
            Files.createFile(directory.resolve("conntrack.fails"));
            var none = balances(service("dns", "10.9.200.1", 0));
            assertThatThrownBy(() -> balancer.balance(CLUSTER, none, false)).isInstanceOf(LinkException.class).hasMessageContaining("broken");
            Files.delete(directory.resolve("conntrack.fails"));
            conntrack();
            balancer.balance(CLUSTER, none, false);
            assertThat(conntrack()).containsExactly("conntrack -L -p udp", "conntrack -D -p udp --orig-dst 10.9.200.1 --reply-src 10.9.0.14");
        }
    }

    @Test
    void ofManyLostWaysOnlyThoseThatAreFoundAreForgotten() throws Exception {
        Files.writeString(directory.resolve("flows"), "udp 17 29 src=192.0.2.9 dst=10.9.200.1 sport=5001 dport=53 src=10.9.0.20 dst=10.9.0.2 sport=53 dport=5001\n");
        try (var balancer = new NftBalancer(new Commands(List.of("sh", "-c", KERNEL, directory.toString())), LATER)) {
            balancer.balance(CLUSTER, balances(service("dns", "10.9.200.1", 40)), true);
            conntrack();
            balancer.balance(CLUSTER, balances(service("dns", "10.9.200.1", 2)), false);
            assertThat(conntrack()).containsExactly("conntrack -L -p udp", "conntrack -D -p udp --orig-dst 10.9.200.1 --reply-src 10.9.0.20");
        }
    }
}
