package io.cardume.api.trust;

import java.util.regex.Pattern;

/**
 * What a host joins with, in Swarm's form {@code SWMTKN-1-<digest>-<secret>}: whom it may trust at first contact, and what
 * it proves itself with.
 *
 * @param root the root that the manager's certificate must come from
 * @param secret 25 digits of 0-9a-z
 */
public record JoinToken(RootDigest root, String secret) {
    /** How many digits a secret has. */
    public static final int SECRET_DIGITS = 25;
    private static final Pattern FORM = Pattern.compile("SWMTKN-1-([0-9a-z]{" + RootDigest.DIGITS + "})-([0-9a-z]{" + SECRET_DIGITS + "})");

    public JoinToken {
        if (secret == null || !secret.matches("[0-9a-z]{" + SECRET_DIGITS + "}"))
            throw new IllegalArgumentException("the secret of a join token has " + SECRET_DIGITS + " digits of 0-9a-z");
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none; the words do not quote it
     */
    public static JoinToken parse(String text) {
        var match = FORM.matcher(text.strip());
        if (!match.matches())
            throw new IllegalArgumentException("the join token is not valid: it is SWMTKN-1-, " + RootDigest.DIGITS + " digits of 0-9a-z, a dash and "
                    + SECRET_DIGITS + " more; `docker swarm join-token worker` on the manager prints the one that is");
        return new JoinToken(new RootDigest(match.group(1)), match.group(2));
    }

    /** As users and agents are given it. */
    public String text() {
        return "SWMTKN-1-" + root + "-" + secret;
    }

    /** Without its secret. */
    @Override
    public String toString() {
        return "SWMTKN-1-" + root + "-(secret)";
    }
}
