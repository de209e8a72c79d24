package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a user of the API may do; each role may do what those before it may. */
public enum UserRole {
    /** Reads everything but what is secret. */
    @JsonProperty("viewer") VIEWER("reads"),
    /** Changes services, stacks, networks, secrets and configs, and runs commands in containers. */
    @JsonProperty("deployer") DEPLOYER("changes services, networks, secrets and configs"),
    /** Changes everything: nodes, the cluster, its tokens, its users. */
    @JsonProperty("admin") ADMIN("changes everything");

    private final String does;

    UserRole(String does) {
        this.does = does;
    }

    /** The word users have for it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What one of this role does, as in "a viewer reads". */
    public String does() {
        return does;
    }

    /** The word with its article. */
    public String one() {
        return (this == ADMIN ? "an " : "a ") + word();
    }

    /** Whether this role may do what needs another. */
    public boolean suffices(UserRole needed) {
        return compareTo(needed) >= 0;
    }
}
