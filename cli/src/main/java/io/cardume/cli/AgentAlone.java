package io.cardume.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line of a JVM that is an agent and nothing else: {@code bin/cardume agent} runs it with the agent's libraries alone, for
 * the JVM keeps the directories of all jars it might find something in.
 */
@Command(name = "cardume", description = "Runs an agent.", subcommands = AgentCommand.class)
public final class AgentAlone {
    private AgentAlone() {}

    public static void main(String[] args) {
        System.exit(Cardume.settled(new CommandLine(new AgentAlone()), System.getenv()).execute(args));
    }
}
