package io.cardume.agent.balance;

import static io.cardume.agent.balance.Tables.balances;
import static io.cardume.agent.balance.Tables.service;
import static io.cardume.agent.balance.Tables.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowTest {
    @Test
    void aConnectionThatNobodyAnswersIsForgottenIfNothingLeadsThereAnyMore() {
        var unanswered = Flow.unanswered(balances(service("web", "10.9.200.1", 2, tcp(8080))));
        assertThat(unanswered.apply(begun("10.9.200.1", 80, "10.9.0.13"))).hasValue("--orig-dst 10.9.200.1 --reply-src 10.9.0.13");
        assertThat(unanswered.apply(begun("192.0.2.1", 8080, "10.9.0.13"))).hasValue("--orig-port-dst 8080 --reply-src 10.9.0.13 --reply-port-src 80");
        assertThat(unanswered.apply(begun("10.9.200.1", 80, "10.9.0.12"))).isEmpty();
        assertThat(unanswered.apply(begun("192.0.2.1", 8080, "10.9.0.12"))).isEmpty();
    }

    @Test
    void whatNoBalancerLedIsLeftAlone() {
        var unanswered = Flow.unanswered(balances(service("web", "10.9.200.1", 0, tcp(8080))));
        assertThat(unanswered.apply(begun("192.0.2.77", 80, "192.0.2.77"))).as("to somebody else").isEmpty();
        assertThat(unanswered.apply(begun("192.0.2.77", 8080, "192.0.2.77"))).as("to the same port of somebody else").isEmpty();
        assertThat(unanswered.apply(begun("192.0.2.1", 8080, "172.17.0.2"))).as("led by somebody else").isEmpty();
        assertThat(unanswered.apply(begun("10.9.200.1", 80, "10.9.0.11").replace("tcp ", "udp "))).isEmpty();
        assertThat(unanswered.apply("conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.")).isEmpty();
    }

    private static String begun(String to, int port, String answering) {
        return "tcp      6 119 SYN_SENT src=192.0.2.9 dst=%s sport=5001 dport=%d [UNREPLIED] src=%s dst=10.9.0.2 sport=80 dport=5001 mark=0 use=1"
                .formatted(to, port, answering);
    }
}
