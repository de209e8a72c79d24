package io.cardume.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a program in the place of iptables, which lists chains from files and writes down what else it is told. */
class PassageTest {
    private static final ClusterId CLUSTER = new ClusterId("one");
    private static final String OURS = """
            -N CARDUME-one
            -A CARDUME-one -i cdmbr+ -m conntrack --ctstate DNAT -j ACCEPT
            -A CARDUME-one -o cdmbr+ -m conntrack --ctstate DNAT -j ACCEPT
            """;
    private static final String IPTABLES = """
            cd "$0"; tool=$1; shift 3
            if [ "$1" != -S ]; then echo "$tool $*" >> told; exit 0; fi
            if [ -f "$tool.exit" ]; then exit "$(cat "$tool.exit")"; fi
            if [ -f "$tool.$2" ]; then cat "$tool.$2"; else exit 1; fi
            """;

    @TempDir
    private Path directory;

    private Passage passage;

    @BeforeEach
    void iptables() throws IOException {
        passage = new Passage(new Commands(List.of("sh", "-c", IPTABLES, directory.toString())));
        chain("CARDUME-one", OURS);
    }

    private void chain(String name, String rules) throws IOException {
        Files.writeString(directory.resolve("iptables." + name), rules);
    }

    private List<String> opened(String... user) throws Exception {
        chain("DOCKER-USER", "-N DOCKER-USER\n" + String.join("\n", user) + "\n");
        Files.writeString(directory.resolve("told"), "");
        passage.open(CLUSTER);
        return Files.readAllLines(directory.resolve("told"));
    }

    @Test
    void oursComesBehindTheOwnersRules() throws Exception {
        assertThat(opened("-A DOCKER-USER -j CARDUME-one", "-A DOCKER-USER -j RETURN")).isEmpty();
        assertThat(opened("-A DOCKER-USER -s 192.0.2.0/24 -j DROP", "-A DOCKER-USER -j CARDUME-one")).isEmpty();
        assertThat(opened("-A DOCKER-USER -j RETURN")).containsExactly("iptables -I DOCKER-USER 1 -j CARDUME-one");
        assertThat(opened("-A DOCKER-USER -j CARDUME-one", "-A DOCKER-USER -s 192.0.2.0/24 -j DROP"))
                .containsExactly("iptables -A DOCKER-USER -j CARDUME-one", "iptables -D DOCKER-USER -j CARDUME-one");
        assertThat(opened("-A DOCKER-USER -j CARDUME-one", "-A DOCKER-USER -s 192.0.2.0/24 -j DROP", "-A DOCKER-USER -j RETURN"))
                .containsExactly("iptables -I DOCKER-USER 3 -j CARDUME-one", "iptables -D DOCKER-USER -j CARDUME-one");
        // What comes behind the end is never come to.
        assertThat(opened("-A DOCKER-USER -j CARDUME-one", "-A DOCKER-USER -j RETURN", "-A DOCKER-USER -s 192.0.2.0/24 -j DROP")).isEmpty();
        assertThat(opened("-A DOCKER-USER -j RETURN", "-A DOCKER-USER -j CARDUME-one")).containsExactly("iptables -I DOCKER-USER 1 -j CARDUME-one");
    }

    @Test
    void clustersDoNotOvertakeEachOther() throws Exception {
        assertThat(opened("-A DOCKER-USER -j CARDUME-one", "-A DOCKER-USER -j CARDUME-two")).isEmpty();
    }

    @Test
    void whatIsNotKnownIsNotTakenForAbsent() throws Exception {
        var all = new String[] {"-A DOCKER-USER -j CARDUME-one"};
        // Another program has the lock.
        Files.writeString(directory.resolve("iptables.exit"), "4");
        assertThatThrownBy(() -> opened(all)).isInstanceOf(LinkException.class).hasMessageContaining("exit code 4");
        assertThatThrownBy(() -> passage.close(CLUSTER)).isInstanceOf(LinkException.class);
        assertThat(Files.readString(directory.resolve("told"))).isEmpty();
        // The kernel has none of the other kind.
        Files.delete(directory.resolve("iptables.exit"));
        Files.writeString(directory.resolve("iptables-legacy.exit"), "3");
        Files.delete(directory.resolve("iptables.DOCKER-USER"));
        chain("FORWARD", "-P FORWARD DROP\n");
        passage.open(CLUSTER);
        assertThat(Files.readAllLines(directory.resolve("told"))).containsExactly("iptables -I FORWARD 1 -j CARDUME-one");
    }
}
