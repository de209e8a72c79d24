package io.cardume.agent.balance;

import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import java.util.List;
import java.util.Optional;

/**
 * Lets what was led to a service pass the engine's firewall rules, which keep bridges apart and may let nothing through
 * that they do not know. Engines leave a chain for such rules to others, {@code DOCKER-USER}; ours come last in it, after
 * those of the host's owner.
 */
final class Passage {
    private static final String USER = "DOCKER-USER";
    private static final String FORWARD = "FORWARD";
    private static final String RETURN = "-A " + USER + " -j RETURN";
    /** Engines may write their rules by either of two kernel interfaces, and only who uses the same one sees them. */
    private static final List<String> TOOLS = List.of("iptables", "iptables-nft", "iptables-legacy");

    private final Commands commands;

    Passage(Commands commands) {
        this.commands = commands;
    }

    /** Makes what is missing. */
    void open(ClusterId cluster) throws LinkException {
        var tool = tool();
        var chain = chain(cluster);
        var wanted = List.of(
                "-N " + chain,
                "-A " + chain + " -i cdmbr+ -m conntrack --ctstate DNAT -j ACCEPT",
                "-A " + chain + " -o cdmbr+ -m conntrack --ctstate DNAT -j ACCEPT");
        if (!said(tool, chain).equals(wanted)) {
            commands.run("", tool, "-w", "5", "-N", chain);
            commands.must("", tool, "-w", "5", "-F", chain);
            for (var rule : wanted.subList(1, wanted.size())) must(tool, rule);
        }
        var user = said(tool, USER);
        var from = user.isEmpty() ? FORWARD : USER;
        var rules = user.isEmpty() ? said(tool, FORWARD) : user;
        if (rules.contains("-A " + from + " -j " + chain)) return;
        int last = rules.size() - 1;
        // The first line is the chain's own.
        if (from.equals(FORWARD)) must(tool, "-I " + FORWARD + " 1 -j " + chain);
        else if (rules.getLast().equals(RETURN)) must(tool, "-I " + USER + " " + last + " -j " + chain);
        else must(tool, "-A " + USER + " -j " + chain);
    }

    /** Removes it. */
    void close(ClusterId cluster) throws LinkException {
        var chain = chain(cluster);
        for (var tool : TOOLS) {
            if (said(tool, chain).isEmpty()) continue;
            for (var from : List.of(USER, FORWARD))
                if (said(tool, from).contains("-A " + from + " -j " + chain)) must(tool, "-D " + from + " -j " + chain);
            must(tool, "-F " + chain);
            must(tool, "-X " + chain);
        }
    }

    private String tool() throws LinkException {
        for (var tool : TOOLS) if (!said(tool, USER).isEmpty()) return tool;
        return TOOLS.getFirst();
    }

    private void must(String tool, String rule) throws LinkException {
        var words = (tool + " -w 5 " + rule).split(" ");
        commands.must("", words);
    }

    /** A chain as the tool lists it; nothing if there is no such chain, or no such tool. */
    private List<String> said(String tool, String chain) throws LinkException {
        var output = attempt(tool, chain);
        return output.isEmpty() ? List.of() : output.get().lines().toList();
    }

    private Optional<String> attempt(String tool, String chain) throws LinkException {
        try {
            var output = commands.run("", tool, "-w", "5", "-S", chain);
            return output.exit() == 0 ? Optional.of(output.out()) : Optional.empty();
        } catch (LinkException e) {
            if (Thread.currentThread().isInterrupted()) throw e;
            return Optional.empty();
        }
    }

    /** The kernel takes no more than 28 letters. */
    private static String chain(ClusterId cluster) {
        return "CARDUME-" + cluster.value().substring(0, Math.min(20, cluster.value().length()));
    }
}
