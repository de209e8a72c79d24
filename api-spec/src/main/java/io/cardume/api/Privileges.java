package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * What the kernel's security modules let a container do (Engine API: Privileges, as far as it is not for Windows).
 *
 * @param seLinuxContext its SELinux labels
 * @param seccomp which system calls it may make
 * @param appArmor its AppArmor profile
 * @param noNewPrivileges whether its processes can gain no privileges they did not start with
 */
public record Privileges(
        @JsonProperty("SELinuxContext") Optional<SeLinuxContext> seLinuxContext,
        @JsonProperty("Seccomp") Optional<Seccomp> seccomp,
        @JsonProperty("AppArmor") Optional<AppArmor> appArmor,
        @JsonProperty("NoNewPrivileges") Optional<Boolean> noNewPrivileges) {
    public Privileges {
        seLinuxContext = Copies.optional(seLinuxContext);
        seccomp = Copies.optional(seccomp);
        appArmor = Copies.optional(appArmor);
        noNewPrivileges = Copies.optional(noNewPrivileges);
    }

    /** SELinux labels; absent ones are the engine's. */
    public record SeLinuxContext(
            @JsonProperty("Disable") Optional<Boolean> disable,
            @JsonProperty("User") Optional<String> user,
            @JsonProperty("Role") Optional<String> role,
            @JsonProperty("Type") Optional<String> type,
            @JsonProperty("Level") Optional<String> level) {
        public SeLinuxContext {
            disable = Copies.optional(disable);
            user = Copies.optional(user);
            role = Copies.optional(role);
            type = Copies.optional(type);
            level = Copies.optional(level);
        }
    }

    /**
     * A seccomp profile.
     *
     * @param mode {@code default}, {@code unconfined} or {@code custom}
     * @param profile the custom profile, base64 of JSON
     */
    public record Seccomp(@JsonProperty("Mode") Optional<String> mode, @JsonProperty("Profile") Optional<String> profile) {
        public Seccomp {
            mode = Copies.optional(mode);
            profile = Copies.optional(profile);
        }
    }

    /**
     * An AppArmor profile.
     *
     * @param mode {@code default} or {@code disabled}
     */
    public record AppArmor(@JsonProperty("Mode") Optional<String> mode) {
        public AppArmor {
            mode = Copies.optional(mode);
        }
    }
}
