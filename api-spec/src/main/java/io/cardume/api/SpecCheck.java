package io.cardume.api;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a service's spec may say. Everything Swarm checks is checked here, and everything an agent or its engine would
 * choke on later, so that a wrong spec is refused whole at the door.
 */
final class SpecCheck {
    private static final long MOST_REPLICAS = 20_000;
    private static final int MOST_MOUNTS = 512;
    private static final long LEAST_CPU = 1_000_000;
    private static final long LEAST_MEMORY = 4L << 20;
    private static final Duration LEAST_HEALTH_TIME = Duration.ofMillis(1);
    private static final int LONGEST_IMAGE = 512;

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9](?:[-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?");
    private static final Pattern IMAGE = Pattern.compile(
            "(?:[a-zA-Z0-9.-]+(?::[0-9]{1,5})?/|\\[[0-9a-fA-F:]+](?::[0-9]{1,5})?/)?"
                    + "[a-z0-9]+(?:(?:[._]|__|-{1,9})[a-z0-9]+)*+(?:/[a-z0-9]+(?:(?:[._]|__|-{1,9})[a-z0-9]+)*+)*+"
                    + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9+._-]{0,30}:[0-9a-fA-F]{32,128})?");
    private static final Pattern VOLUME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}");
    private static final Pattern HOSTNAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?");
    private static final Pattern ALIAS = Pattern.compile("[a-zA-Z0-9_](?:[a-zA-Z0-9._-]{0,251}[a-zA-Z0-9_])?");
    private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern SYSCTL = Pattern.compile("[a-zA-Z0-9_-]+(?:[./][a-zA-Z0-9_*-]+)+");
    private static final Pattern CONSTRAINT_KEY = Pattern.compile("(?i)[a-z_][a-z0-9\\-_.]+");
    private static final Pattern CONSTRAINT_VALUE = Pattern.compile("(?i)[a-z0-9:\\-_\\s.*()?+\\[\\]\\\\^$|/]+");
    private static final Pattern PREFERENCE = Pattern.compile("(?i)(?:node|engine)\\.labels\\..+", Pattern.DOTALL);
    private static final List<String> CONSTRAINT_KEYS =
            List.of("node.id", "node.hostname", "node.role", "node.platform.os", "node.platform.arch");
    private static final List<String> SIGNALS = List.of(
            "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF",
            "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2",
            "VTALRM", "WINCH", "XCPU", "XFSZ");
    private static final Pattern REALTIME_SIGNAL = Pattern.compile("RTMIN(\\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?");
    private static final List<String> CAPABILITIES = List.of(
            "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
            "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE",
            "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON",
            "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE",
            "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM");
    private static final List<String> ULIMITS = List.of(
            "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
            "rttime", "sigpending", "stack");
    private static final List<String> PROPAGATIONS = List.of("private", "rprivate", "shared", "rshared", "slave", "rslave");

    private final List<SpecProblem> problems = new ArrayList<>();
    private final SortedMap<String, String> labels;

    private SpecCheck(SortedMap<String, String> labels) {
        this.labels = labels;
    }

    /** Everything in a spec that is wrong or not built; empty if nothing is. */
    static List<SpecProblem> problems(ServiceSpec spec) {
        var check = new SpecCheck(spec.labels());
        check.service(spec);
        return check.problems;
    }

    /** Whether a text may be a service's name. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private void service(ServiceSpec spec) {
        if (!isName(spec.name()))
            wrong("Name", spec.name(), "1 to 63 characters a-z, A-Z, 0-9, - and _, "
                    + "first and last a letter or digit: name must be valid as a DNS name component");
        labels(spec);
        mode(spec);
        spec.updateConfig().ifPresent(config -> update("UpdateConfig", config, List.of("pause", "continue", "rollback")));
        spec.rollbackConfig().ifPresent(config -> update("RollbackConfig", config, List.of("pause", "continue")));
        spec.endpointSpec().ifPresent(endpoint -> endpoint(endpoint, spec.taskTemplate().networks()));
        task(spec.taskTemplate());
    }

    private void mode(ServiceSpec spec) {
        var mode = spec.mode();
        if (mode.members() > 1)
            problems.add(SpecProblem.wrong("Mode", "must specify only one service mode: one of Replicated, Global, ReplicatedJob, GlobalJob"));
        long replicas = mode.replicated().flatMap(Replicated::replicas).orElse(1L);
        if (replicas < 0 || replicas > MOST_REPLICAS) wrong("Mode.Replicated.Replicas", replicas, "0 to " + MOST_REPLICAS);
        mode.replicatedJob().flatMap(ServiceMode.ReplicatedJob::maxConcurrent).filter(count -> count < 1 || count > MOST_REPLICAS)
                .ifPresent(count -> wrong("Mode.ReplicatedJob.MaxConcurrent", count, "1 to " + MOST_REPLICAS));
        mode.replicatedJob().flatMap(ServiceMode.ReplicatedJob::totalCompletions).filter(count -> count < 0 || count > MOST_REPLICAS)
                .ifPresent(count -> wrong("Mode.ReplicatedJob.TotalCompletions", count, "0 to " + MOST_REPLICAS));
        if (!mode.runsToEnd()) return;
        if (spec.updateConfig().isPresent()) problems.add(SpecProblem.wrong("UpdateConfig", "Jobs may not have an update config; leave it out"));
        if (spec.rollbackConfig().isPresent()) problems.add(SpecProblem.wrong("RollbackConfig", "Jobs may not have a rollback config; leave it out"));
    }

    private void labels(ServiceSpec spec) {
        var names = ServiceLabels.names();
        for (LabelProblem problem : ServiceLabels.problems(spec))
            problems.add(SpecProblem.wrong("Labels[\"" + WireReader.shown(problem.label()) + "\"]",
                    quoted(problem.value()) + " is not allowed; it is " + problem.allowed()
                            + (names.contains(problem.label()) ? "" : Nearest.hint(problem.label(), names))));
        for (String label : spec.taskTemplate().containerSpec().labels().keySet())
            if (label.startsWith(ServiceLabels.PREFIX))
                problems.add(SpecProblem.wrong("TaskTemplate.ContainerSpec.Labels[\"" + WireReader.shown(label) + "\"]",
                        "labels under " + ServiceLabels.PREFIX + " belong to the service (--label) or to the agent, not to the container"));
    }

    private void update(String path, UpdateConfig config, List<String> actions) {
        config.parallelism().filter(value -> value < 0).ifPresent(value -> wrong(path + ".Parallelism", value, "0 (all at once) or more"));
        config.delay().filter(Duration::isNegative).ifPresent(value -> wrong(path + ".Delay", value, "0 or more"));
        config.failureAction().filter(value -> !actions.contains(value))
                .ifPresent(value -> wrong(path + ".FailureAction", value, "one of " + String.join(", ", actions)));
        config.monitor().filter(Duration::isNegative).ifPresent(value -> wrong(path + ".Monitor", value, "0 (5 s) or more"));
        config.maxFailureRatio().filter(value -> !(value >= 0 && value <= 1))
                .ifPresent(value -> wrong(path + ".MaxFailureRatio", value, "0 to 1"));
        config.order().filter(value -> !List.of("stop-first", "start-first").contains(value))
                .ifPresent(value -> wrong(path + ".Order", value, "one of stop-first, start-first"));
    }

    private void endpoint(EndpointSpec spec, List<NetworkAttachment> networks) {
        spec.mode().ifPresent(mode -> {
            if (!mode.isEmpty() && !List.of("vip", "dnsrr").contains(mode)) wrong("EndpointSpec.Mode", mode, "one of vip, dnsrr");
        });
        Set<String> published = new HashSet<>();
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < spec.ports().size(); i++) {
            var port = spec.ports().get(i);
            var path = "EndpointSpec.Ports[" + i + "]";
            if (port.targetPort() < 1 || port.targetPort() > 65_535) wrong(path + ".TargetPort", port.targetPort(), "1 to 65535");
            if (port.publishedPort() < 0 || port.publishedPort() > 65_535)
                wrong(path + ".PublishedPort", port.publishedPort(), "0 (any) to 65535");
            if (!List.of("tcp", "udp", "sctp").contains(port.protocol()))
                wrong(path + ".Protocol", port.protocol(), "one of tcp, udp, sctp");
            if (!List.of("ingress", "host").contains(port.publishMode())) wrong(path + ".PublishMode", port.publishMode(), "one of ingress, host");
            if (port.publishMode().equals("ingress")) ingress(path, port, spec.mode().orElse(""), networks);
            if (port.publishedPort() != 0 && !published.add(port.publishedPort() + "/" + port.protocol()))
                wrong(path + ".PublishedPort", port.publishedPort(), "each published port and protocol once: duplicate published ports provided");
            if (!targets.add(port.targetPort() + "/" + port.protocol() + ">" + port.publishedPort()))
                wrong(path + ".TargetPort", port.targetPort(), "each pair of target and published port once");
        }
    }

    private void ingress(String path, PortConfig port, String mode, List<NetworkAttachment> networks) {
        if (port.protocol().equals("sctp"))
            problems.add(SpecProblem.notBuilt(path + ".Protocol sctp", "with PublishMode ingress it is tcp or udp; use PublishMode host"));
        if (mode.equals("dnsrr"))
            problems.add(SpecProblem.wrong(path + ".PublishMode", "port published with ingress mode can't be used with dnsrr mode; it is host, or Mode is vip"));
        networks.stream().flatMap(network -> PredefinedNetwork.of(network.target()).stream()).findFirst().ifPresent(network ->
                problems.add(SpecProblem.wrong(path + ".PublishMode", "ingress leads to tasks on networks that span the hosts, and these are on "
                        + network.word() + "; it is host")));
    }

    private void task(TaskSpec task) {
        var runtime = task.runtime().orElse("container");
        if (!runtime.equals("container"))
            notBuilt("TaskTemplate.Runtime", runtime, "use container");
        if (task.forceUpdate() < 0) wrong("TaskTemplate.ForceUpdate", task.forceUpdate(), "0 or more");
        task.resources().ifPresent(this::resources);
        task.resources().ifPresent(this::swap);
        task.restartPolicy().ifPresent(this::restart);
        task.placement().ifPresent(this::placement);
        task.logDriver().ifPresent(driver -> {
            if (driver.name().isEmpty()) wrong("TaskTemplate.LogDriver.Name", "", "the name of a log driver, e.g. json-file");
        });
        networks(task.networks());
        container(task.containerSpec());
    }

    private void networks(List<NetworkAttachment> networks) {
        for (int i = 0; i < networks.size(); i++) {
            var path = "TaskTemplate.Networks[" + i + "]";
            var network = networks.get(i);
            if (network.target().isEmpty()) wrong(path + ".Target", "", "the name or id of a network");
            if (PredefinedNetwork.of(network.target()).isPresent() && networks.size() > 1)
                wrong(path + ".Target", network.target(), "alone: a task on host, none or bridge is on no other network");
            for (int j = 0; j < network.aliases().size(); j++)
                if (!ALIAS.matcher(network.aliases().get(j)).matches())
                    wrong(path + ".Aliases[" + j + "]", network.aliases().get(j), "a name of letters, digits, dots, - and _, at most 253");
        }
    }

    private void resources(Resources resources) {
        resources.limits().ifPresent(limits -> {
            bounds("TaskTemplate.Resources.Limits", limits.nanoCpus(), limits.memoryBytes());
            if (limits.pids() < 0) wrong("TaskTemplate.Resources.Limits.Pids", limits.pids(), "0 (no limit) or more");
        });
        resources.reservations().ifPresent(kept ->
                bounds("TaskTemplate.Resources.Reservations", kept.nanoCpus(), kept.memoryBytes()));
        generic("TaskTemplate.Resources.Reservations.GenericResources", resources.reservations().map(Reservations::genericResources).orElse(List.of()));
    }

    private void generic(String path, List<GenericResource> asked) {
        var kinds = new HashSet<String>();
        for (int i = 0; i < asked.size(); i++) {
            var at = path + "[" + i + "]";
            asked.get(i).named().ifPresent(one -> wrong(at + ".NamedResourceSpec", one.kind() + "=" + one.value(),
                    "absent: a service asks for a number of a kind, with DiscreteResourceSpec"));
            var some = asked.get(i).discrete();
            if (some.isEmpty() || some.get().kind().isBlank()) wrong(at + ".DiscreteResourceSpec.Kind", "", "the name of a resource, such as gpu");
            else if (!kinds.add(some.get().kind())) wrong(at + ".DiscreteResourceSpec.Kind", some.get().kind(), "each name once");
            if (some.isPresent() && some.get().value() < 1) wrong(at + ".DiscreteResourceSpec.Value", some.get().value(), "1 or more");
        }
    }

    private void swap(Resources resources) {
        var path = "TaskTemplate.Resources.";
        long limit = resources.limits().map(Limits::memoryBytes).orElse(0L);
        resources.swapBytes().ifPresent(swap -> {
            if (swap < -1) wrong(path + "SwapBytes", swap, "0 (none) or more bytes, or -1 (any amount)");
            else if (limit == 0) wrong(path + "SwapBytes", swap, "only together with a memory limit, Limits.MemoryBytes");
        });
        resources.memorySwappiness().filter(value -> value < -1 || value > 100)
                .ifPresent(value -> wrong(path + "MemorySwappiness", value, "0 to 100, or -1 (the host's default)"));
    }

    private void bounds(String path, long nanoCpus, long memory) {
        if (nanoCpus != 0 && nanoCpus < LEAST_CPU)
            wrong(path + ".NanoCPUs", nanoCpus, "0 or at least 1000000: Must be at least 0.001 CPUs");
        if (memory != 0 && memory < LEAST_MEMORY)
            wrong(path + ".MemoryBytes", memory, "0 or at least 4194304: Must be at least 4MiB");
    }

    private void restart(RestartPolicy policy) {
        policy.delay().filter(Duration::isNegative).ifPresent(value -> wrong("TaskTemplate.RestartPolicy.Delay", value, "0 or more"));
        policy.window().filter(Duration::isNegative).ifPresent(value -> wrong("TaskTemplate.RestartPolicy.Window", value, "0 or more"));
        policy.maxAttempts().filter(value -> value < 0)
                .ifPresent(value -> wrong("TaskTemplate.RestartPolicy.MaxAttempts", value, "0 (no limit) or more"));
    }

    private void placement(Placement placement) {
        placement.maxReplicas().filter(value -> value < 0)
                .ifPresent(value -> wrong("TaskTemplate.Placement.MaxReplicas", value, "0 (no limit) or more"));
        for (int i = 0; i < placement.constraints().size(); i++)
            constraint("TaskTemplate.Placement.Constraints[" + i + "]", placement.constraints().get(i));
        for (int i = 0; i < placement.preferences().size(); i++)
            preference("TaskTemplate.Placement.Preferences[" + i + "]", placement.preferences().get(i));
    }

    private void preference(String path, PlacementPreference preference) {
        var descriptor = preference.spread().map(PlacementPreference.Spread::descriptor).orElse("");
        if (!PREFERENCE.matcher(descriptor).matches())
            wrong(path + ".Spread.SpreadDescriptor", descriptor, "node.labels.NAME or engine.labels.NAME");
    }

    private void constraint(String path, String text) {
        int equal = text.indexOf("==");
        int at = equal >= 0 ? equal : text.indexOf("!=");
        if (at < 0) {
            wrong(path, text, "KEY==VALUE or KEY!=VALUE: constraint expected one operator from ==, !=");
            return;
        }
        var key = text.substring(0, at).trim();
        var plain = key.toLowerCase(Locale.ROOT);
        boolean label = plain.startsWith("node.labels.") && plain.length() > "node.labels.".length()
                || plain.startsWith("engine.labels.") && plain.length() > "engine.labels.".length();
        if (!CONSTRAINT_KEY.matcher(key).matches() || !CONSTRAINT_KEYS.contains(plain) && !label)
            wrong(path, text, "KEY==VALUE or KEY!=VALUE: key '" + WireReader.shown(key) + "' is invalid; keys are " + String.join(", ", CONSTRAINT_KEYS)
                    + ", node.labels.NAME and engine.labels.NAME" + (plain.equals("node.ip") ? " (node.ip is not built yet)" : Nearest.hint(key, CONSTRAINT_KEYS)));
        var value = text.substring(at + 2).trim();
        if (!CONSTRAINT_VALUE.matcher(value).matches()) wrong(path, text, "KEY==VALUE or KEY!=VALUE: value '" + WireReader.shown(value) + "' is invalid");
    }

    private void container(ContainerSpec spec) {
        var path = "TaskTemplate.ContainerSpec.";
        if (spec.image().isEmpty()) wrong(path + "Image", "", "an image such as nginx:1.29: image reference must be provided");
        else if (spec.image().length() > LONGEST_IMAGE || !IMAGE.matcher(spec.image()).matches())
            wrong(path + "Image", spec.image(), "a valid repository/tag: [HOST[:PORT]/]NAME[:TAG][@DIGEST], the name in lower case");
        spec.hostname().filter(value -> !value.isEmpty()).ifPresent(value -> {
            if (!template(path + "Hostname", value) && !HOSTNAME.matcher(value).matches())
                wrong(path + "Hostname", value, "at most 63 letters, digits, dots, - and _");
        });
        spec.dir().filter(value -> !value.isEmpty() && !value.startsWith("/"))
                .ifPresent(value -> wrong(path + "Dir", value, "an absolute path"));
        for (int i = 0; i < spec.env().size(); i++) {
            var variable = spec.env().get(i);
            if (variable.isEmpty() || variable.startsWith("=")) wrong(path + "Env[" + i + "]", variable, "NAME=VALUE");
            else if (Template.isIn(name(variable))) wrong(path + "Env[" + i + "]", variable, "NAME=VALUE with placeholders in the value alone");
            else template(path + "Env[" + i + "]", variable);
        }
        spec.stopSignal().filter(value -> !value.isEmpty()).ifPresent(value -> {
            if (!isSignal(value)) wrong(path + "StopSignal", value, "a signal such as SIGTERM, SIGINT, SIGRTMIN+3 or 15");
        });
        spec.stopGracePeriod().filter(Duration::isNegative).ifPresent(value -> wrong(path + "StopGracePeriod", value, "0 or more"));
        spec.healthcheck().ifPresent(check -> health(path + "Healthcheck", check));
        for (int i = 0; i < spec.hosts().size(); i++) {
            var words = spec.hosts().get(i).strip().split("\\s+");
            if (words.length < 2 || !isAddress(words[0])) wrong(path + "Hosts[" + i + "]", spec.hosts().get(i), "IP NAME [NAME...]");
        }
        mounts(path, spec.mounts());
        problems.addAll(BlobReference.problems(spec));
        spec.dnsConfig().ifPresent(dns -> {
            for (int i = 0; i < dns.nameservers().size(); i++)
                if (!isAddress(dns.nameservers().get(i)))
                    wrong(path + "DNSConfig.Nameservers[" + i + "]", dns.nameservers().get(i), "an IP address");
        });
        for (String sysctl : spec.sysctls().keySet())
            if (!SYSCTL.matcher(sysctl).matches()) wrong(path + "Sysctls", sysctl, "names such as net.core.somaxconn");
        capabilities(path + "CapabilityAdd", spec.capabilityAdd());
        capabilities(path + "CapabilityDrop", spec.capabilityDrop());
        for (int i = 0; i < spec.ulimits().size(); i++) {
            var limit = spec.ulimits().get(i);
            var at = path + "Ulimits[" + i + "]";
            if (!ULIMITS.contains(limit.name()))
                wrong(at + ".Name", limit.name(), "one of " + String.join(", ", ULIMITS) + Nearest.hint(limit.name(), ULIMITS));
            if (limit.soft() < -1 || limit.hard() < -1) wrong(at, limit.soft() + ":" + limit.hard(), "-1 (unlimited) or more");
            else if (limit.hard() != -1 && (limit.soft() == -1 || limit.soft() > limit.hard()))
                wrong(at + ".Soft", limit.soft(), "at most the hard limit, " + limit.hard());
        }
        spec.privileges().ifPresent(said -> privileges(path + "Privileges.", said));
        spec.oomScoreAdj().filter(value -> value < -1000 || value > 1000)
                .ifPresent(value -> wrong(path + "OomScoreAdj", value, "-1000 to 1000"));
        spec.isolation().filter(value -> !value.equals("default"))
                .ifPresent(value -> wrong(path + "Isolation", value, "default; others are for Windows"));
    }

    private void privileges(String path, Privileges said) {
        said.seccomp().ifPresent(seccomp -> {
            var mode = seccomp.mode().filter(word -> !word.isEmpty()).orElse("default");
            var profile = seccomp.profile().orElse("");
            if (!List.of("default", "unconfined", "custom").contains(mode))
                wrong(path + "Seccomp.Mode", mode, "one of default, unconfined, custom");
            else if (mode.equals("custom") && !isProfile(profile))
                wrong(path + "Seccomp.Profile", profile, "a seccomp profile: a JSON object, in base64");
            else if (!mode.equals("custom") && !profile.isEmpty())
                wrong(path + "Seccomp.Profile", profile, "there only with mode custom");
        });
        said.appArmor().flatMap(Privileges.AppArmor::mode).filter(mode -> !mode.isEmpty() && !List.of("default", "disabled").contains(mode))
                .ifPresent(mode -> wrong(path + "AppArmor.Mode", mode, "one of default, disabled"));
        said.seLinuxContext().ifPresent(context -> {
            boolean labels = Stream.of(context.user(), context.role(), context.type(), context.level())
                    .anyMatch(label -> label.filter(text -> !text.isEmpty()).isPresent());
            if (labels && context.disable().orElse(false))
                wrong(path + "SELinuxContext.Disable", true, "false where User, Role, Type or Level is given");
        });
    }

    private static boolean isProfile(String base64) {
        try {
            return !base64.isEmpty() && Json.lenient().readTree(Base64.getDecoder().decode(base64)).isObject();
        } catch (IllegalArgumentException | IOException e) {
            return false;
        }
    }

    private void health(String path, HealthConfig check) {
        if (!check.test().isEmpty() && !List.of("NONE", "CMD", "CMD-SHELL").contains(check.test().getFirst()))
            wrong(path + ".Test[0]", check.test().getFirst(), "one of NONE, CMD, CMD-SHELL");
        else if (check.test().size() == 1 && !check.test().getFirst().equals("NONE"))
            wrong(path + ".Test", check.test().getFirst(), "NONE, or CMD or CMD-SHELL followed by a command");
        healthTime(path + ".Interval", check.interval());
        healthTime(path + ".Timeout", check.timeout());
        healthTime(path + ".StartPeriod", check.startPeriod());
        healthTime(path + ".StartInterval", check.startInterval());
        check.retries().filter(value -> value < 0).ifPresent(value -> wrong(path + ".Retries", value, "0 (inherit) or more"));
    }

    private void healthTime(String path, Optional<Duration> time) {
        time.filter(value -> !value.isZero() && value.compareTo(LEAST_HEALTH_TIME) < 0)
                .ifPresent(value -> wrong(path, value, "0 (inherit) or at least 1000000 ns: cannot be less than 1ms"));
    }

    private void mounts(String container, List<Mount> mounts) {
        if (mounts.size() > MOST_MOUNTS) {
            wrong(container + "Mounts", mounts.size() + " mounts", "at most " + MOST_MOUNTS);
            return;
        }
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < mounts.size(); i++) {
            var mount = mounts.get(i);
            var path = container + "Mounts[" + i + "]";
            boolean whole = mount.target().startsWith("/") || mount.target().startsWith("{{");
            if (!whole || mount.target().equals("/"))
                wrong(path + ".Target", mount.target(), "an absolute path other than /");
            else if (!targets.add(mount.target()))
                wrong(path + ".Target", mount.target(), "each target once: duplicate mount point");
            template(path + ".Target", mount.target());
            template(path + ".Source", mount.source().orElse(""));
            mount.volumeOptions().ifPresent(options -> {
                options.labels().values().forEach(value -> template(path + ".VolumeOptions.Labels", value));
                options.driverConfig().map(Driver::options)
                        .ifPresent(said -> said.values().forEach(value -> template(path + ".VolumeOptions.DriverConfig.Options", value)));
            });
            var source = mount.source().orElse("");
            switch (mount.type()) {
                case "bind" -> {
                    if (!source.startsWith("/") && !source.startsWith("{{")) wrong(path + ".Source", source, "an absolute path of the host");
                    mount.bindOptions().flatMap(BindOptions::propagation)
                            .filter(value -> !value.isEmpty() && !PROPAGATIONS.contains(value))
                            .ifPresent(value -> wrong(path + ".BindOptions.Propagation", value, "one of " + String.join(", ", PROPAGATIONS)));
                }
                case "volume" -> {
                    if (!source.isEmpty() && !VOLUME.matcher(source).matches() && !Template.isIn(source))
                        wrong(path + ".Source", source, "a volume's name: letters, digits, _, . and -");
                }
                case "tmpfs" -> {
                    if (!source.isEmpty()) wrong(path + ".Source", source, "absent for a tmpfs");
                    mount.tmpfsOptions().flatMap(TmpfsOptions::sizeBytes).filter(size -> size < 0)
                            .ifPresent(size -> wrong(path + ".TmpfsOptions.SizeBytes", size, "0 (no limit) or more"));
                    mount.tmpfsOptions().flatMap(TmpfsOptions::mode).filter(mode -> mode < 0 || mode > 07777)
                            .ifPresent(mode -> wrong(path + ".TmpfsOptions.Mode", mode, "permission bits, 0 to 4095"));
                }
                case "npipe", "cluster", "image" -> notBuilt(path + ".Type", mount.type(), "use bind, volume or tmpfs");
                default -> wrong(path + ".Type", mount.type(), "one of bind, volume, tmpfs");
            }
            options(path, mount);
        }
    }

    private void options(String path, Mount mount) {
        if (mount.bindOptions().isPresent() && !mount.type().equals("bind"))
            wrong(path + ".BindOptions", mount.type(), "there only with type bind");
        if (mount.volumeOptions().isPresent() && !mount.type().equals("volume"))
            wrong(path + ".VolumeOptions", mount.type(), "there only with type volume");
        if (mount.tmpfsOptions().isPresent() && !mount.type().equals("tmpfs"))
            wrong(path + ".TmpfsOptions", mount.type(), "there only with type tmpfs");
    }

    private void capabilities(String path, List<String> given) {
        for (int i = 0; i < given.size(); i++) {
            var plain = given.get(i).toUpperCase(Locale.ROOT);
            if (plain.startsWith("CAP_")) plain = plain.substring(4);
            if (!plain.equals("ALL") && !CAPABILITIES.contains(plain))
                wrong(path + "[" + i + "]", given.get(i), "ALL or a capability of Linux such as CAP_NET_ADMIN" + Nearest.hint(plain, CAPABILITIES));
        }
    }

    private static String name(String variable) {
        int equals = variable.indexOf('=');
        return equals < 0 ? variable : variable.substring(0, equals);
    }

    /** Whether a text has placeholders; wrong ones, and service labels that are not there, are problems. */
    private boolean template(String path, String text) {
        if (!Template.isIn(text)) return false;
        try {
            for (String label : Template.of(text, List.of()).labels())
                if (!labels.containsKey(label))
                    wrong(path, text, "about labels the service has: there is no label \"" + WireReader.shown(label) + "\"" + Nearest.hint(label, labels.keySet()));
        } catch (Template.Malformed e) {
            wrong(path, text, "a text with known placeholders: " + e.getMessage());
        }
        return true;
    }

    private static boolean isSignal(String text) {
        if (text.matches("[0-9]{1,2}")) return Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= 64;
        var plain = text.toUpperCase(Locale.ROOT);
        if (plain.startsWith("SIG")) plain = plain.substring(3);
        return SIGNALS.contains(plain) || REALTIME_SIGNAL.matcher(plain).matches();
    }

    private static boolean isAddress(String text) {
        if (!ADDRESS.matcher(text).matches()) return false;
        try {
            InetAddress.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void wrong(String path, Object value, String allowed) {
        problems.add(SpecProblem.wrong(path, quoted(value.toString()) + " is not allowed; it is " + allowed));
    }

    private void notBuilt(String path, Object value, String instead) {
        problems.add(new SpecProblem(true, path, quoted(value.toString()) + " is not built yet; " + instead));
    }

    private static String quoted(String value) {
        return "\"" + WireReader.shown(value) + "\"";
    }
}
