package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Processes of this host; every control group's path has a slash. */
class ProcessesTest {
    private Process process;

    @AfterEach
    void endAll() {
        Processes.of("/", process.pid()).ifPresent(found -> found.alive().forEach(ProcessHandle::destroyForcibly));
        process.destroyForcibly();
    }

    @Test
    void whatAProcessHasBegottenIsFoundAfterItsEndToo() throws Exception {
        long child = begin("sleep 1000 & echo $!; wait");
        var found = Processes.of("/", process.pid()).orElseThrow();

        assertThat(found.alive()).extracting(ProcessHandle::pid).containsExactlyInAnyOrder(process.pid(), child);
        process.destroyForcibly().waitFor();
        assertThat(found.alive()).extracting(ProcessHandle::pid).containsExactly(child);
        ProcessHandle.of(child).orElseThrow().destroyForcibly();
        while (ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false) && !found.alive().isEmpty()) Thread.onSpinWait();
        assertThat(found.alive()).isEmpty();
    }

    @Test
    void aChildThatIsBornWhileItsParentIsEndedIsFound() throws Exception {
        long child = begin("trap 'sleep 1001 & exit' TERM; sleep 1000 & echo $!; wait");
        var found = Processes.of("/", process.pid()).orElseThrow();
        assertThat(found.alive()).hasSize(2);

        process.destroy();
        process.waitFor();

        assertThat(found.alive()).hasSize(2).extracting(ProcessHandle::pid).contains(child).doesNotContain(process.pid());
        found.alive().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void anotherContainersProcessIsNot() throws Exception {
        begin("echo 1; sleep 1000");
        assertThat(Processes.of("no-such-container", process.pid())).isEmpty();
        assertThat(Processes.of("", process.pid())).isEmpty();
    }

    /** Runs a script in a session of its own, as an engine runs a command; its first line is a number. */
    private long begin(String script) throws Exception {
        process = new ProcessBuilder(List.of("setsid", "sh", "-c", script)).start();
        BufferedReader said = process.inputReader();
        return Long.parseLong(said.readLine());
    }
}
