package io.cardume.cli;

import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/**
 * The command line. Exit codes: 0 = done, or stopped by SIGTERM or SIGINT; 1 = it could not be done, and stderr says why;
 * 2 = a setting is wrong or missing.
 */
@Command(
        name = "cardume",
        description = "Keeps services running on Docker hosts, behind the Swarm part of the Docker Engine API.",
        subcommands = {UpCommand.class, ManagerCommand.class, AgentCommand.class, DownCommand.class, UserCommand.class, PolicyCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Cardume.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "\"cardume COMMAND --help\" lists a command's settings. Every one is a flag and an environment variable; the",
            "flag wins. CARDUME_LOG_LEVEL (error, warn, info, debug or trace; default info) is for all commands."
        })
public final class Cardume {
    private Cardume() {}

    public static void main(String[] args) {
        int code = commandLine(System.getenv()).execute(args);
        System.exit(code);
    }

    /** The commands, which take from this environment what no flag says; messages go to stderr, help to stdout. */
    static CommandLine commandLine(Map<String, String> environment) {
        return settled(new CommandLine(new Cardume()), environment);
    }

    /** How every command line of ours takes its settings and says what is wrong. */
    static CommandLine settled(CommandLine line, Map<String, String> environment) {
        line.setDefaultValueProvider(new Environment(environment));
        line.setUsageHelpWidth(120);
        line.setUsageHelpAutoWidth(false);
        line.setOverwrittenOptionsAllowed(false);
        line.setExecutionExceptionHandler((exception, command, _) -> {
            command.getErr().println("cardume " + command.getCommandName() + ": " + Words.of(exception));
            return exception instanceof UsageException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        });
        line.setParameterExceptionHandler((exception, _) -> {
            var command = exception.getCommandLine();
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + exception.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(exception, command.getErr());
            command.getErr()
                    .println("See \"" + command.getCommandSpec().qualifiedName() + " --help\" for the settings.");
            return CommandLine.ExitCode.USAGE;
        });
        return line;
    }

    /** Says the version the build wrote down. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            var built = new Properties();
            try (var in = Cardume.class.getResourceAsStream("build.properties")) {
                if (in != null) built.load(in);
            }
            return new String[] {"cardume " + built.getProperty("version", "unknown")};
        }
    }
}
