package io.cardume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

class CommandsTest {
    private static final Path OPERATIONS = Path.of("..", "docs", "operations.md");

    /** A setting of a command. */
    record Setting(String command, OptionSpec option) {
        @Override
        public String toString() {
            return command + " " + option.longestName();
        }
    }

    static Stream<Setting> settings() {
        return settings("", Cardume.commandLine(Map.of()));
    }

    private static Stream<Setting> settings(String above, CommandLine line) {
        return line.getSubcommands().entrySet().stream().flatMap(entry -> Stream.concat(
                entry.getValue().getCommandSpec().options().stream()
                        .filter(option -> !option.usageHelp() && !option.versionHelp())
                        .map(option -> new Setting(above + entry.getKey(), option)),
                settings(above + entry.getKey() + " ", entry.getValue())));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingTellsItsVariableAndDefaultInHelp(Setting setting) {
        var last = Arrays.asList(setting.option().description()).getLast();
        assertThat(last).startsWith(Environment.variable(setting.option().longestName()) + ", ").contains("default ");
        if (setting.option().defaultValue() != null) assertThat(last).endsWith("default " + setting.option().defaultValue());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingIsInTheManual(Setting setting) throws Exception {
        var row = Files.readAllLines(OPERATIONS).stream()
                .filter(line -> line.startsWith("| `" + setting.option().longestName() + "`"))
                .filter(line -> line.contains("`" + Environment.variable(setting.option().longestName()) + "`"))
                .toList();
        assertThat(row).as("rows of %s in docs/operations.md", setting).isNotEmpty();
        if (setting.option().defaultValue() != null)
            assertThat(row).anyMatch(line -> line.contains("`" + setting.option().defaultValue() + "`"));
    }

    @Test
    void environmentGivesASettingAndTheFlagWins() {
        var environment = Map.of("CARDUME_WAIT", "7s", "CARDUME_DATA_DIR", "");
        var unsaid = Cardume.commandLine(environment).parseArgs("down").subcommand();
        var said = Cardume.commandLine(environment).parseArgs("down", "--wait", "1m30s").subcommand();
        assertThat(value(unsaid, "--wait")).hasToString("PT7S");
        assertThat(value(unsaid, "--data-dir")).hasToString("/var/lib/cardume");
        assertThat(value(said, "--wait")).hasToString("PT1M30S");
    }

    @ParameterizedTest
    @MethodSource
    void wrongSettingIsRefusedAndNamed(String arguments, String[] words) {
        var ran = run(arguments.split(" "));
        assertThat(ran.code()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(ran.err()).contains(words);
    }

    static Stream<Arguments> wrongSettingIsRefusedAndNamed() {
        return Stream.of(
                wrong("down --wait 3", "--wait", "'3' is no duration", "1m30s"),
                wrong("down --nonsense", "Unknown option", "--nonsense"),
                wrong("user add ana --role king", "'king' is no role", "viewer, deployer or admin"),
                wrong("user add an:a --role viewer", "'an:a' is no user's name", "1 to 63 letters"),
                wrong("user --api tcp://10.0.0.1:2475 ls", "--api", "the manager's own host"),
                wrong("manager --api tcp://0.0.0.0:2475", "--api tcp://0.0.0.0:2475", "root on every host", "--api tls://ADDR:2476"),
                wrong("up --api unix://relative", "\"unix://relative\" is no API address", "unix:///absolute/path"),
                wrong("manager --cluster-addr 2477", "--cluster-addr", "'2477' is not HOST:PORT"),
                wrong("manager --suspect-after 9s", "suspect after PT9S", "down (PT5S)"),
                wrong("manager --limit api-streams=0", "api-streams: \"0\" is not allowed", "a number from 1 to 100000"),
                wrong("manager --heartbeat 2s", "less than two heartbeats"),
                wrong("agent --token x", "no manager is given", "CARDUME_MANAGER"),
                wrong("agent --manager 10.0.0.1:2477", "no join token is given", "--token-file"),
                wrong("agent --manager 10.0.0.1:2477 --token x --token-file y", "both --token and --token-file"),
                wrong("agent --manager 10.0.0.1 --token x", "--manager", "'10.0.0.1' is not HOST:PORT"),
                wrong("agent --manager http://h:2477 --token x", "is not HOST:PORT"),
                wrong("agent --manager h:70000 --token x", "is not HOST:PORT"),
                wrong("agent --manager h:2477 --token x --label zone", "--label", "KEY=VALUE"),
                wrong("agent --manager h:2477 --token x --docker-host /run/docker.sock", "--docker-host", "unix://"));
    }

    @Test
    void ipv6AddressesStandInBrackets() {
        assertThat(new HostAndPort().convert("[fd00::1]:2477").getHostString()).isEqualTo("fd00::1");
        assertThat(new HostAndPort().convert("manager.example:2477").getPort()).isEqualTo(2477);
    }

    @Test
    void downStopsTheProcessOfThePidFile(@TempDir Path data) throws Exception {
        var process = new ProcessBuilder("sh", "-c", "read line", "io.cardume.cli.Cardume").start();
        Files.writeString(data.resolve("cardume.pid"), process.pid() + "\n");
        var ran = run("down", "--data-dir", data.toString());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the process ended").isTrue();
        assertThat(ran.err()).contains("cardume stopped (process " + process.pid() + ")");
        assertThat(ran.code()).isZero();
        assertThat(data.resolve("cardume.pid")).doesNotExist();
    }

    @Test
    void downLeavesAnotherProcessWithTheSameIdAlone(@TempDir Path data) throws Exception {
        var process = new ProcessBuilder("sh", "-c", "read line", "something else").start();
        try {
            Files.writeString(data.resolve("cardume.pid"), process.pid() + "\n");
            var ran = run("down", "--data-dir", data.toString());
            assertThat(ran.err()).contains("cardume does not run");
            assertThat(ran.code()).isZero();
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private record Ran(int code, String err) {}

    private static Ran run(String... arguments) {
        var err = new StringWriter();
        int code = Cardume.commandLine(Map.of()).setErr(new PrintWriter(err, true)).execute(arguments);
        return new Ran(code, err.toString());
    }

    private static Arguments wrong(String arguments, String... words) {
        return Arguments.of(arguments, (Object) words);
    }

    private static Object value(ParseResult line, String option) {
        return line.commandSpec().findOption(option).getValue();
    }
}
