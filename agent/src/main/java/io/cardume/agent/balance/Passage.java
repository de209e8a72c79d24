package io.cardume.agent.balance;

import io.cardume.agent.net.Commands;
import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import java.util.List;

/**
 * Lets what was led to a service pass the engine's firewall rules, which keep bridges apart and may let nothing through
 * that they do not know. Engines leave a chain for such rules to others, {@code DOCKER-USER}; ours come last in it, after
 * those of the host's owner.
 */
final class Passage {
    private static final String USER = "DOCKER-USER";
    private static final String PREFIX = "CARDUME-";
    private static final String FORWARD = "FORWARD";
    private static final String RETURN = "-A " + USER + " -j RETURN";
    /** Engines may write their rules by either of two kernel interfaces, and only who uses the same one sees them. */
    private static final List<String> TOOLS = List.of("iptables", "iptables-nft", "iptables-legacy");

    private static final int ABSENT = 1;
    private static final int UNSUPPORTED = 3;

    private final Commands commands;

    Passage(Commands commands) {
        this.commands = commands;
    }

    /** Makes what is missing, and puts in its place what is not there. */
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
        if (!user.isEmpty()) last(tool, user, chain);
        else if (!said(tool, FORWARD).contains(jump(FORWARD, chain))) must(tool, "-I " + FORWARD + " 1 -j " + chain);
    }

    /** Has a chain's rules come to ours last: behind the owner's, who may have added some, and before what ends the chain. */
    private void last(String tool, List<String> rules, String chain) throws LinkException {
        var jump = jump(USER, chain);
        int end = rules.contains(RETURN) ? rules.indexOf(RETURN) : rules.size();
        var before = rules.subList(0, end);
        // Another cluster's is as good a last one: two would overtake each other for ever.
        boolean placed = before.contains(jump)
                && before.subList(before.lastIndexOf(jump), end).stream().allMatch(rule -> rule.startsWith(jump(USER, PREFIX)));
        // The first line is the chain's own, so a rule's place in the list is its number.
        if (!placed) must(tool, rules.contains(RETURN) ? "-I " + USER + " " + end + " -j " + chain : "-A " + USER + " -j " + chain);
        long old = before.stream().filter(jump::equals).count() - (placed ? 1 : 0);
        // Of equal rules the first goes: that is the one which came too early.
        for (long i = 0; i < old; i++) must(tool, "-D " + USER + " -j " + chain);
    }

    private static String jump(String from, String to) {
        return "-A " + from + " -j " + to;
    }

    /** Removes it. */
    void close(ClusterId cluster) throws LinkException {
        var chain = chain(cluster);
        for (var tool : TOOLS) {
            if (said(tool, chain).isEmpty()) continue;
            for (var from : List.of(USER, FORWARD))
                for (var rule : said(tool, from)) if (rule.equals(jump(from, chain))) must(tool, "-D " + from + " -j " + chain);
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

    /** A chain as the tool lists it; nothing if there is no such chain, no such tool, or the kernel has nothing of the tool's kind. */
    private List<String> said(String tool, String chain) throws LinkException {
        Commands.Output output;
        try {
            output = commands.run("", tool, "-w", "5", "-S", chain);
        } catch (LinkException.Missing e) {
            return List.of();
        }
        return switch (output.exit()) {
            case 0 -> output.out().lines().toList();
            case ABSENT, UNSUPPORTED -> List.of();
            // Above all one that has not got the lock in time: what there is is not known.
            default -> throw new LinkException("`" + tool + " -S " + chain + "` failed: exit code " + output.exit() + ": " + output.err().strip());
        };
    }

    /** The kernel takes no more than 28 letters. */
    private static String chain(ClusterId cluster) {
        return PREFIX + cluster.value().substring(0, Math.min(20, cluster.value().length()));
    }
}
