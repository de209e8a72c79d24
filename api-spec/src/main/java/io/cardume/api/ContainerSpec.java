package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A container as a service describes it (Engine API: ContainerSpec).
 *
 * @param image image reference
 * @param labels labels of the container
 * @param command the entry point, replaces the image's
 * @param args the arguments, replace the image's command
 * @param hostname host name inside the container
 * @param env {@code NAME=value} each
 * @param dir working directory
 * @param user user or user:group
 * @param groups additional groups
 * @param tty whether it has a pseudo terminal; its logs are then one plain stream
 * @param openStdin whether stdin stays open
 * @param readOnly whether its root file system is read-only
 * @param stopSignal signal that asks it to stop; absent = the image's, else SIGTERM
 * @param stopGracePeriod time from the stop signal to SIGKILL; absent = 10 s
 * @param healthcheck the engine's health check; absent = the image's
 * @param init whether an init process runs as pid 1; absent = the engine's default
 * @param hosts {@code IP name…} lines for /etc/hosts
 * @param mounts bind mounts, volumes and tmpfs
 * @param dnsConfig resolver settings
 * @param sysctls kernel parameters of its namespaces
 * @param capabilityAdd capabilities added
 * @param capabilityDrop capabilities dropped
 * @param ulimits resource limits of its processes
 * @param isolation {@code default}; others are for Windows
 * @param privileges what the kernel's security modules let it do
 * @param secrets secrets it sees as files
 * @param configs configs it sees as files
 * @param oomScoreAdj how soon the kernel kills it for want of memory, -1000 to 1000
 */
public record ContainerSpec(
        @JsonProperty("Image") String image,
        @JsonProperty("Labels") SortedMap<String, String> labels,
        @JsonProperty("Command") List<String> command,
        @JsonProperty("Args") List<String> args,
        @JsonProperty("Hostname") Optional<String> hostname,
        @JsonProperty("Env") List<String> env,
        @JsonProperty("Dir") Optional<String> dir,
        @JsonProperty("User") Optional<String> user,
        @JsonProperty("Groups") List<String> groups,
        @JsonProperty("TTY") Optional<Boolean> tty,
        @JsonProperty("OpenStdin") Optional<Boolean> openStdin,
        @JsonProperty("ReadOnly") Optional<Boolean> readOnly,
        @JsonProperty("StopSignal") Optional<String> stopSignal,
        @JsonProperty("StopGracePeriod") Optional<Duration> stopGracePeriod,
        @JsonProperty("Healthcheck") Optional<HealthConfig> healthcheck,
        @JsonProperty("Init") Optional<Boolean> init,
        @JsonProperty("Hosts") List<String> hosts,
        @JsonProperty("Mounts") List<Mount> mounts,
        @JsonProperty("DNSConfig") Optional<DnsConfig> dnsConfig,
        @JsonProperty("Sysctls") SortedMap<String, String> sysctls,
        @JsonProperty("CapabilityAdd") List<String> capabilityAdd,
        @JsonProperty("CapabilityDrop") List<String> capabilityDrop,
        @JsonProperty("Ulimits") List<Ulimit> ulimits,
        @JsonProperty("Isolation") Optional<String> isolation,
        @JsonProperty("Privileges") Optional<Privileges> privileges,
        @JsonProperty("Secrets") List<SecretReference> secrets,
        @JsonProperty("Configs") List<ConfigReference> configs,
        @JsonProperty("OomScoreAdj") Optional<Integer> oomScoreAdj) {
    public ContainerSpec {
        image = Copies.text(image);
        labels = Copies.labels(labels);
        command = Copies.list(command);
        args = Copies.list(args);
        hostname = Copies.optional(hostname);
        env = Copies.list(env);
        dir = Copies.optional(dir);
        user = Copies.optional(user);
        groups = Copies.list(groups);
        tty = Copies.optional(tty);
        openStdin = Copies.optional(openStdin);
        readOnly = Copies.optional(readOnly);
        stopSignal = Copies.optional(stopSignal);
        stopGracePeriod = Copies.optional(stopGracePeriod);
        healthcheck = Copies.optional(healthcheck);
        init = Copies.optional(init);
        hosts = Copies.list(hosts);
        mounts = Copies.list(mounts);
        dnsConfig = Copies.optional(dnsConfig);
        sysctls = Copies.labels(sysctls);
        capabilityAdd = Copies.list(capabilityAdd);
        capabilityDrop = Copies.list(capabilityDrop);
        ulimits = Copies.list(ulimits);
        isolation = Copies.optional(isolation);
        privileges = Copies.optional(privileges);
        secrets = Copies.list(secrets);
        configs = Copies.list(configs);
        oomScoreAdj = Copies.optional(oomScoreAdj);
    }

    /** A container of an image, with nothing else said. */
    public static ContainerSpec of(String image) {
        return new ContainerSpec(image, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** The same with other environment, host name and mounts. */
    public ContainerSpec with(List<String> otherEnv, Optional<String> otherHostname, List<Mount> otherMounts) {
        return new ContainerSpec(image, labels, command, args, otherHostname, otherEnv, dir, user, groups, tty, openStdin,
                readOnly, stopSignal, stopGracePeriod, healthcheck, init, hosts, otherMounts, dnsConfig, sysctls,
                capabilityAdd, capabilityDrop, ulimits, isolation, privileges, secrets, configs, oomScoreAdj);
    }

    /** The same with other secrets and configs. */
    public ContainerSpec with(List<SecretReference> otherSecrets, List<ConfigReference> otherConfigs) {
        return new ContainerSpec(image, labels, command, args, hostname, env, dir, user, groups, tty, openStdin,
                readOnly, stopSignal, stopGracePeriod, healthcheck, init, hosts, mounts, dnsConfig, sysctls,
                capabilityAdd, capabilityDrop, ulimits, isolation, privileges, otherSecrets, otherConfigs, oomScoreAdj);
    }

    /** The same of another image. */
    public ContainerSpec image(String other) {
        return new ContainerSpec(other, labels, command, args, hostname, env, dir, user, groups, tty, openStdin,
                readOnly, stopSignal, stopGracePeriod, healthcheck, init, hosts, mounts, dnsConfig, sysctls,
                capabilityAdd, capabilityDrop, ulimits, isolation, privileges, secrets, configs, oomScoreAdj);
    }

    /** The same with another isolation. */
    ContainerSpec isolation(Optional<String> other) {
        return new ContainerSpec(image, labels, command, args, hostname, env, dir, user, groups, tty, openStdin,
                readOnly, stopSignal, stopGracePeriod, healthcheck, init, hosts, mounts, dnsConfig, sysctls,
                capabilityAdd, capabilityDrop, ulimits, other, privileges, secrets, configs, oomScoreAdj);
    }
}
