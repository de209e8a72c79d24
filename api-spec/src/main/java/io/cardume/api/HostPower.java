package io.cardume.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What reaches beyond a service's own containers to their hosts: deployers may ask for it only where the cluster's policy says so. */
public enum HostPower {
    /** The host's files. */
    BIND("bind", "bind mounts"),
    /** A volume that is made by a driver, or with options of one: that of every engine can mount whatever the host has. */
    VOLUME_DRIVER("volume-driver", "volumes with a driver or its options"),
    /** Capabilities that containers do not have by themselves. */
    CAPABILITIES("capabilities", "capabilities beyond the engine's own"),
    /** The host's own network. */
    HOST_NETWORK("host-network", "the network of the host"),
    /** Parameters of the kernel. */
    SYSCTLS("sysctls", "sysctls"),
    /** Less than what the kernel's security modules keep from every container. */
    CONFINEMENT("confinement", "seccomp, AppArmor and SELinux other than the engine's own"),
    /** A log driver that speaks to others in the engine's name. */
    LOG_DRIVER("log-driver", "log drivers other than json-file, local, journald and none"),
    /** Being killed later than others when the host has no memory left. */
    OOM_SCORE("oom-score", "an OOM score below 0"),
    /** A network whose addresses may be others' elsewhere: its hosts would take them for the network's. */
    SUBNET("subnet", "subnets outside the cluster's address pool"),
    /** Commands with all rights in a container. */
    PRIVILEGED_EXEC("privileged-exec", "docker exec --privileged");

    /** The label of the cluster that says which of them deployers may use: their words, with commas, or {@code all}. */
    public static final String POLICY = "cardume.policy.deployers";
    private static final String ALL = "all";
    /** What engines give every container. */
    private static final Set<String> USUAL = Set.of("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
            "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT");
    private static final Set<String> LOG_DRIVERS = Set.of("", "json-file", "local", "journald", "none");

    private final String word;
    private final String what;

    HostPower(String word, String what) {
        this.word = word;
        this.what = what;
    }

    /** The word it has in the policy. */
    public String word() {
        return word;
    }

    /** What it is, in words. */
    public String what() {
        return what;
    }

    /**
     * A power that is asked for.
     *
     * @param field where
     */
    public record Asked(HostPower power, String field) {}

    /** The powers a task has, each with the first field that asks for it. */
    public static List<Asked> in(TaskSpec task) {
        var asked = new ArrayList<Asked>();
        var container = task.containerSpec();
        var path = "TaskTemplate.ContainerSpec.";
        for (int i = 0; i < container.mounts().size(); i++) {
            var mount = container.mounts().get(i);
            // What a placeholder stands for may be an absolute path.
            if (mount.type().equals("bind") || mount.source().filter(source -> source.startsWith("/") || source.startsWith("{{")).isPresent())
                asked.add(new Asked(BIND, path + "Mounts[" + i + "]"));
            if (mount.volumeOptions().flatMap(VolumeOptions::driverConfig).filter(HostPower::isMore).isPresent())
                asked.add(new Asked(VOLUME_DRIVER, path + "Mounts[" + i + "].VolumeOptions.DriverConfig"));
        }
        if (!container.capabilityAdd().stream().map(HostPower::plain).allMatch(USUAL::contains)) asked.add(new Asked(CAPABILITIES, path + "CapabilityAdd"));
        if (task.networks().stream().anyMatch(network -> PredefinedNetwork.of(network.target()).equals(Optional.of(PredefinedNetwork.HOST))))
            asked.add(new Asked(HOST_NETWORK, "TaskTemplate.Networks"));
        if (!container.sysctls().isEmpty()) asked.add(new Asked(SYSCTLS, path + "Sysctls"));
        if (container.privileges().filter(HostPower::isLess).isPresent()) asked.add(new Asked(CONFINEMENT, path + "Privileges"));
        if (task.logDriver().filter(driver -> !LOG_DRIVERS.contains(driver.name())).isPresent()) asked.add(new Asked(LOG_DRIVER, "TaskTemplate.LogDriver"));
        if (container.oomScoreAdj().filter(score -> score < 0).isPresent()) asked.add(new Asked(OOM_SCORE, path + "OomScoreAdj"));
        return asked;
    }

    private static boolean isMore(Driver driver) {
        return !driver.name().isEmpty() && !driver.name().equals("local") || !driver.options().isEmpty();
    }

    private static String plain(String capability) {
        var upper = capability.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring(4) : upper;
    }

    private static boolean isLess(Privileges said) {
        boolean seccomp = said.seccomp().filter(profile -> profile.mode().filter(mode -> !mode.isEmpty() && !mode.equals("default")).isPresent()
                || profile.profile().filter(text -> !text.isEmpty()).isPresent()).isPresent();
        boolean appArmor = said.appArmor().flatMap(Privileges.AppArmor::mode).filter(mode -> !mode.isEmpty() && !mode.equals("default")).isPresent();
        return seccomp || appArmor || said.seLinuxContext().isPresent();
    }

    /** Those that a cluster with these labels lets deployers use. */
    public static Set<HostPower> allowed(SortedMap<String, String> cluster) {
        var words = words(cluster.getOrDefault(POLICY, ""));
        var allowed = EnumSet.noneOf(HostPower.class);
        for (HostPower power : values()) if (words.contains(ALL) || words.contains(power.word)) allowed.add(power);
        return Collections.unmodifiableSet(allowed);
    }

    /** What is wrong with a cluster's policy; empty if nothing is. */
    static List<SpecProblem> problems(SortedMap<String, String> cluster) {
        var known = Arrays.stream(values()).map(HostPower::word).collect(Collectors.toCollection(TreeSet::new));
        known.add(ALL);
        return words(cluster.getOrDefault(POLICY, "")).stream().filter(word -> !known.contains(word))
                .map(word -> SpecProblem.wrong("Labels[\"" + POLICY + "\"]", "\"" + WireReader.shown(word) + "\" is not allowed; it is some of "
                        + String.join(", ", known) + ", with commas" + Nearest.hint(word, known)))
                .toList();
    }

    private static SortedSet<String> words(String said) {
        return Arrays.stream(said.split(",")).map(String::strip).filter(word -> !word.isEmpty()).collect(Collectors.toCollection(TreeSet::new));
    }
}
