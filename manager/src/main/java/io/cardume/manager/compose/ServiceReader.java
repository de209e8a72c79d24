package io.cardume.manager.compose;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cardume.api.Nearest;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.StackLabels;
import io.cardume.api.StartOrderLabels;
import io.cardume.api.StartOrderLabels.After;
import io.cardume.api.StartOrderLabels.Condition;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** One service of a Compose file, as a body of the API. */
final class ServiceReader {
    private static final String CONTAINER = "TaskTemplate.ContainerSpec.";
    private static final BigDecimal BILLION = BigDecimal.valueOf(1_000_000_000);
    private static final String IN_LIMITS = "write it under deploy.resources.limits";

    private static final Set<String> KNOWN = Set.of("cap_add", "cap_drop", "command", "configs", "depends_on", "deploy", "dns",
            "dns_opt", "dns_search", "entrypoint", "environment", "expose", "extra_hosts", "group_add", "healthcheck", "hostname",
            "image", "init", "isolation", "labels", "logging", "networks", "oom_score_adj", "platform", "ports", "read_only",
            "restart", "scale", "secrets", "security_opt", "stdin_open", "stop_grace_period", "stop_signal", "sysctls", "tmpfs",
            "tty", "ulimits", "user", "volumes", "working_dir");
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("build", "images are not built here: build the image, put it on the hosts or in a registry, and name it with image"),
            Map.entry("env_file", "a file beside this one does not come with the request: write its lines under environment, or give "
                    + "values with ?env=NAME=VALUE"),
            Map.entry("container_name", "a service has several containers, each with a name of its own: leave it out"),
            Map.entry("network_mode", "name networks under networks; the host's own is an external network called host"),
            Map.entry("extends", "write the service out, or use an anchor and <<"),
            Map.entry("links", "services on one network find each other by name: leave it out"),
            Map.entry("external_links", "put both services on one network: leave it out"),
            Map.entry("privileged", "a service's containers get capabilities one by one: cap_add"),
            Map.entry("devices", "a service's containers get no devices of their hosts: leave it out"),
            Map.entry("cpus", IN_LIMITS + ".cpus"),
            Map.entry("mem_limit", IN_LIMITS + ".memory"),
            Map.entry("mem_reservation", "write it under deploy.resources.reservations.memory"),
            Map.entry("pids_limit", IN_LIMITS + ".pids"),
            Map.entry("shm_size", "mount a tmpfs of that size at /dev/shm"),
            Map.entry("pull_policy", "an image that is on the host is not pulled again: leave it out"),
            Map.entry("profiles", "everything in the file is deployed: keep such services in a file of their own"),
            Map.entry("volumes_from", "name the volumes of each service under volumes"),
            Map.entry("credential_spec", "it is for Windows: leave it out"));

    private final ComposeFile.Reader file;
    private final Cursor service;
    private final String name;
    private final Body body;

    ServiceReader(ComposeFile.Reader file, String name, Cursor service) {
        this.file = file;
        this.name = name;
        this.service = service;
        this.body = new Body(service);
    }

    /** The body; its faults are said. */
    Body read() {
        service.only(KNOWN, REFUSED);
        body.text("Name", StackLabels.scoped(file.stack(), name), service);
        if (service.get("image").isEmpty()) service.wrong("it has no image");
        container();
        environment();
        isolation();
        volumes();
        networks();
        files("secrets", "SecretName", "SecretID", "Secrets");
        files("configs", "ConfigName", "ConfigID", "Configs");
        ports();
        deploy();
        restart();
        startOrder();
        return body;
    }

    private Optional<Cursor> get(String field) {
        return service.get(field);
    }

    private void container() {
        get("image").ifPresent(image -> image.text().ifPresent(text -> {
            body.text(CONTAINER + "Image", text, image);
            body.entry("Labels", StackLabels.IMAGE, text, image);
        }));
        body.entry("Labels", StackLabels.NAMESPACE, file.stack(), service);
        body.entry(CONTAINER + "Labels", StackLabels.NAMESPACE, file.stack(), service);
        get("labels").ifPresent(labels -> texts(labels, CONTAINER + "Labels"));
        get("command").ifPresent(command -> words(command, CONTAINER + "Args"));
        get("entrypoint").ifPresent(entry -> words(entry, CONTAINER + "Command"));
        get("hostname").ifPresent(from -> body.text(CONTAINER + "Hostname", from.text(), from));
        get("working_dir").ifPresent(from -> body.text(CONTAINER + "Dir", from.text(), from));
        get("user").ifPresent(from -> body.text(CONTAINER + "User", from.text(), from));
        get("group_add").ifPresent(from -> list(from, CONTAINER + "Groups"));
        get("tty").ifPresent(from -> body.flag(CONTAINER + "TTY", from.yesOrNo(), from));
        get("stdin_open").ifPresent(from -> body.flag(CONTAINER + "OpenStdin", from.yesOrNo(), from));
        get("read_only").ifPresent(from -> body.flag(CONTAINER + "ReadOnly", from.yesOrNo(), from));
        get("init").ifPresent(from -> body.flag(CONTAINER + "Init", from.yesOrNo(), from));
        get("stop_signal").ifPresent(from -> body.text(CONTAINER + "StopSignal", from.text(), from));
        get("stop_grace_period").ifPresent(from -> body.number(CONTAINER + "StopGracePeriod", from.duration(), from));
        get("healthcheck").ifPresent(this::healthcheck);
        get("logging").ifPresent(logging -> {
            logging.only(Set.of("driver", "options"), Map.of());
            logging.get("driver").ifPresent(from -> body.text("TaskTemplate.LogDriver.Name", from.text(), from));
            logging.get("options").ifPresent(options -> options.fieldsOfAnyName().forEach((key, from) ->
                    from.text().ifPresent(text -> body.entry("TaskTemplate.LogDriver.Options", key, text, from))));
        });
        get("expose").ifPresent(Cursor::items);
    }

    /** A command is a list of words, or a line that is split as a shell does. */
    private void words(Cursor from, String path) {
        if (!from.isText()) {
            list(from, path);
            return;
        }
        from.text().ifPresent(line -> Words.of(line).ifPresentOrElse(
                words -> body.texts(path, words, from), () -> from.not("a command line with every quote closed, or a list of words")));
    }

    private void list(Cursor from, String path) {
        for (Cursor item : from.items()) item.text().ifPresent(text -> body.add(path, text, item));
    }

    private void texts(Cursor from, String path) {
        from.pairs().forEach((key, said) -> body.entry(path, key, said.flatMap(Cursor::text).orElse(""), said.orElse(from)));
    }

    private void environment() {
        get("environment").ifPresent(from -> from.pairs().forEach((key, said) -> {
            var given = Optional.ofNullable(file.variables().given().get(key));
            if (said.isPresent()) said.get().text().ifPresent(text -> body.add(CONTAINER + "Env", key + "=" + text, said.get()));
            else if (given.isPresent()) body.add(CONTAINER + "Env", key + "=" + given.get(), from);
            else from.wrong(key + " has no value; write one, or give it with ?env=" + key + "=VALUE");
        }));
    }

    private void healthcheck(Cursor check) {
        check.only(Set.of("disable", "interval", "retries", "start_interval", "start_period", "test", "timeout"), Map.of());
        var path = CONTAINER + "Healthcheck.";
        if (check.get("disable").flatMap(Cursor::yesOrNo).orElse(false)) {
            if (check.get("test").isPresent()) check.wrong("it is disabled and has a test; say one of both");
            body.texts(path + "Test", List.of("NONE"), check);
            return;
        }
        check.get("test").ifPresent(test -> {
            if (test.isText()) test.text().ifPresent(line -> body.texts(path + "Test", List.of("CMD-SHELL", line), test));
            else list(test, path + "Test");
        });
        check.get("interval").ifPresent(from -> body.number(path + "Interval", from.duration(), from));
        check.get("timeout").ifPresent(from -> body.number(path + "Timeout", from.duration(), from));
        check.get("start_period").ifPresent(from -> body.number(path + "StartPeriod", from.duration(), from));
        check.get("start_interval").ifPresent(from -> body.number(path + "StartInterval", from.duration(), from));
        check.get("retries").ifPresent(from -> body.number(path + "Retries", from.number(), from));
    }

    private void isolation() {
        get("cap_add").ifPresent(from -> list(from, CONTAINER + "CapabilityAdd"));
        get("cap_drop").ifPresent(from -> list(from, CONTAINER + "CapabilityDrop"));
        get("isolation").ifPresent(from -> body.text(CONTAINER + "Isolation", from.text(), from));
        get("oom_score_adj").ifPresent(from -> body.number(CONTAINER + "OomScoreAdj", from.number(), from));
        get("sysctls").ifPresent(from -> texts(from, CONTAINER + "Sysctls"));
        get("dns").ifPresent(from -> addresses(from, "Nameservers"));
        get("dns_search").ifPresent(from -> addresses(from, "Search"));
        get("dns_opt").ifPresent(from -> addresses(from, "Options"));
        get("ulimits").ifPresent(from -> from.fields().forEach(this::ulimit));
        get("extra_hosts").ifPresent(this::extraHosts);
        get("security_opt").ifPresent(from -> from.items().forEach(this::securityOption));
        get("platform").ifPresent(from -> from.text().ifPresent(text -> {
            var parts = text.split("/");
            if (parts.length < 2) {
                from.not("OS/ARCHITECTURE such as linux/amd64");
                return;
            }
            var at = body.add("TaskTemplate.Placement.Platforms", from);
            body.text(at + ".OS", parts[0], from);
            body.text(at + ".Architecture", parts[1], from);
        }));
    }

    private void addresses(Cursor from, String field) {
        for (Cursor item : from.oneOrMore()) item.text().ifPresent(text -> body.add(CONTAINER + "DNSConfig." + field, text, item));
    }

    private void ulimit(String limit, Cursor from) {
        var at = body.add(CONTAINER + "Ulimits", from);
        body.text(at + ".Name", limit, from);
        if (from.isText()) {
            body.number(at + ".Soft", from.number(), from);
            body.number(at + ".Hard", from.number(), from);
            return;
        }
        from.only(Set.of("soft", "hard"), Map.of());
        for (String side : List.of("soft", "hard"))
            from.get(side).ifPresentOrElse(
                    value -> body.number(at + (side.equals("soft") ? ".Soft" : ".Hard"), value.number(), value),
                    () -> from.wrong("it has no " + side + "; a limit is one number, or soft and hard"));
    }

    /** {@code NAME:IP} or {@code NAME=IP} each, or a mapping; on the wire the address comes first. */
    private void extraHosts(Cursor from) {
        if (from.isFields()) {
            from.fields().forEach((host, at) -> {
                for (Cursor one : at.oneOrMore()) one.text().ifPresent(address -> body.add(CONTAINER + "Hosts", address + " " + host, one));
            });
            return;
        }
        for (Cursor item : from.items()) item.text().ifPresent(text -> {
            int cut = text.indexOf('=') >= 0 ? text.indexOf('=') : text.indexOf(':');
            if (cut <= 0) item.not("NAME:ADDRESS");
            else body.add(CONTAINER + "Hosts", text.substring(cut + 1).replaceAll("^\\[(.*)]$", "$1") + " " + text.substring(0, cut), item);
        });
    }

    private void securityOption(Cursor option) {
        var path = CONTAINER + "Privileges.";
        option.text().ifPresent(text -> {
            switch (text.replace('=', ':')) {
                case "no-new-privileges", "no-new-privileges:true" -> body.flag(path + "NoNewPrivileges", Optional.of(true), option);
                case "no-new-privileges:false" -> body.flag(path + "NoNewPrivileges", Optional.of(false), option);
                case "seccomp:unconfined" -> body.text(path + "Seccomp.Mode", "unconfined", option);
                case "apparmor:unconfined" -> body.text(path + "AppArmor.Mode", "disabled", option);
                case "label:disable" -> body.flag(path + "SELinuxContext.Disable", Optional.of(true), option);
                case String label when label.matches("label:(user|role|type|level):.+") -> {
                    var parts = label.split(":", 3);
                    body.text(path + "SELinuxContext." + Character.toUpperCase(parts[1].charAt(0)) + parts[1].substring(1), parts[2], option);
                }
                default -> option.not("no-new-privileges:true, seccomp:unconfined, apparmor:unconfined, label:disable or label:user|role|type|level:VALUE");
            }
        });
    }

    private void volumes() {
        get("tmpfs").ifPresent(from -> from.oneOrMore().forEach(this::tmpfs));
        get("volumes").ifPresent(from -> from.items().forEach(volume -> {
            if (volume.isText()) shortVolume(volume);
            else longVolume(volume);
        }));
    }

    /** {@code PATH[:size=64m,mode=1777]}. */
    private void tmpfs(Cursor from) {
        from.text().ifPresent(text -> {
            var at = mount("tmpfs", from);
            int colon = text.indexOf(':');
            body.text(at + ".Target", colon < 0 ? text : text.substring(0, colon), from);
            if (colon < 0) return;
            for (String option : text.substring(colon + 1).split(",")) {
                if (option.startsWith("size=")) body.number(at + ".TmpfsOptions.SizeBytes", from.saying(option.substring(5)).bytes(), from);
                else if (option.startsWith("mode=")) body.number(at + ".TmpfsOptions.Mode", octal(from.saying(option.substring(5))), from);
                else from.wrong("option \"" + option + "\" is not allowed; it is size=BYTES or mode=OCTAL");
            }
        });
    }

    private static Optional<Long> octal(Cursor from) {
        return from.text().flatMap(text -> text.matches("0?o?[0-7]{1,4}") ? Optional.of(Long.parseLong(text.replace("o", ""), 8))
                : from.not("permission bits in octal, such as 0755"));
    }

    private String mount(String type, Cursor from) {
        var at = body.add(CONTAINER + "Mounts", from);
        body.text(at + ".Type", type, from);
        return at;
    }

    /** {@code [SOURCE:]TARGET[:OPTIONS]}. */
    private void shortVolume(Cursor from) {
        var parts = from.text().orElse("").split(":", -1);
        if (parts.length > 3 || parts[0].isEmpty()) {
            from.not("TARGET, SOURCE:TARGET or SOURCE:TARGET:ro");
            return;
        }
        var source = parts.length == 1 ? "" : parts[0];
        var at = mounted(source, from);
        body.text(at + ".Target", parts.length == 1 ? parts[0] : parts[1], from);
        if (parts.length < 3) return;
        for (String option : parts[2].split(",")) {
            switch (option) {
                case "ro" -> body.flag(at + ".ReadOnly", Optional.of(true), from);
                case "rw" -> {}
                case "nocopy" -> body.flag(at + ".VolumeOptions.NoCopy", Optional.of(true), from);
                case "private", "rprivate", "shared", "rshared", "slave", "rslave" -> body.text(at + ".BindOptions.Propagation", option, from);
                default -> from.wrong("option \"" + option + "\" is not allowed; it is ro, rw, nocopy or a propagation such as rslave");
            }
        }
    }

    /** A mount of a path of the host, of a volume of the file, or of a volume without a name. */
    private String mounted(String source, Cursor from) {
        if (source.startsWith("/")) {
            var at = mount("bind", from);
            body.text(at + ".Source", source, from);
            return at;
        }
        if (source.startsWith(".") || source.startsWith("~")) {
            from.wrong("\"" + source + "\" is a path beside this file, which the hosts do not have; write an absolute path of the hosts, or use configs");
            return mount("bind", from);
        }
        var at = mount("volume", from);
        if (!source.isEmpty()) volume(at, source, from);
        else body.entry(at + ".VolumeOptions.Labels", StackLabels.NAMESPACE, file.stack(), from);
        return at;
    }

    private void volume(String at, String source, Cursor from) {
        var volume = file.volume(source);
        if (volume.isEmpty()) {
            from.wrong("there is no volume \"" + source + "\" under volumes of the file");
            return;
        }
        body.text(at + ".Source", volume.get().name(), from);
        if (volume.get().external()) return;
        body.entry(at + ".VolumeOptions.Labels", StackLabels.NAMESPACE, file.stack(), from);
        volume.get().at().get("labels").ifPresent(labels -> texts(labels, at + ".VolumeOptions.Labels"));
        volume.get().at().get("driver").ifPresent(driver -> body.text(at + ".VolumeOptions.DriverConfig.Name", driver.text(), driver));
        volume.get().at().get("driver_opts").ifPresent(options -> texts(options, at + ".VolumeOptions.DriverConfig.Options"));
    }

    private void longVolume(Cursor from) {
        from.only(Set.of("type", "source", "target", "read_only", "bind", "volume", "tmpfs"),
                Map.of("consistency", "it means nothing on Linux: leave it out"));
        var type = from.get("type").flatMap(said -> said.oneOf("bind", "volume", "tmpfs")).orElse("volume");
        var source = from.get("source").flatMap(Cursor::text).orElse("");
        String at;
        if (type.equals("tmpfs")) {
            at = mount("tmpfs", from);
            if (!source.isEmpty()) from.wrong("a tmpfs has no source");
        } else if (type.equals("bind") && !source.startsWith("/") && !source.startsWith(".") && !source.startsWith("~")) {
            from.get("source").orElse(from).not("an absolute path of the hosts");
            at = mount("bind", from);
        } else if (type.equals("volume") && source.startsWith("/")) {
            from.get("source").orElse(from).not("the name of a volume; a path of the hosts is of type bind");
            at = mount("volume", from);
        } else {
            at = mounted(source, from.get("source").orElse(from));
        }
        from.get("target").ifPresentOrElse(target -> body.text(at + ".Target", target.text(), target), () -> from.wrong("it has no target"));
        from.get("read_only").ifPresent(said -> body.flag(at + ".ReadOnly", said.yesOrNo(), said));
        from.get("bind").ifPresent(bind -> {
            bind.only(Set.of("propagation", "create_host_path"), Map.of("selinux", "label the path on the hosts"));
            bind.get("propagation").ifPresent(said -> body.text(at + ".BindOptions.Propagation", said.text(), said));
            bind.get("create_host_path").ifPresent(said -> body.flag(at + ".BindOptions.CreateMountpoint", said.yesOrNo(), said));
        });
        from.get("volume").ifPresent(volume -> {
            volume.only(Set.of("nocopy", "subpath"), Map.of());
            volume.get("nocopy").ifPresent(said -> body.flag(at + ".VolumeOptions.NoCopy", said.yesOrNo(), said));
            volume.get("subpath").ifPresent(said -> body.text(at + ".VolumeOptions.Subpath", said.text(), said));
        });
        from.get("tmpfs").ifPresent(tmpfs -> {
            tmpfs.only(Set.of("size", "mode"), Map.of());
            tmpfs.get("size").ifPresent(said -> body.number(at + ".TmpfsOptions.SizeBytes", said.bytes(), said));
            tmpfs.get("mode").ifPresent(said -> body.number(at + ".TmpfsOptions.Mode", octal(said), said));
        });
    }

    private void networks() {
        var said = get("networks");
        if (said.isEmpty()) {
            attach(ComposeFile.DEFAULT, service, Optional.empty());
            return;
        }
        // In the order in which the CLI puts them, as all that it sorts: else tasks would restart for an order that means nothing.
        var inOrder = new TreeMap<String, Runnable>();
        if (said.get().isFields())
            said.get().fields().forEach((network, from) -> inOrder.put(file.order(network), () -> attach(network, from, Optional.of(from))));
        else for (Cursor item : said.get().items()) item.text().ifPresent(network -> {
            if (inOrder.put(file.order(network), () -> attach(network, item, Optional.empty())) != null) item.wrong("it is said twice");
        });
        inOrder.values().forEach(Runnable::run);
    }

    private void attach(String network, Cursor from, Optional<Cursor> options) {
        var target = file.network(network);
        if (target.isEmpty()) {
            from.wrong("there is no network \"" + network + "\" under networks of the file");
            return;
        }
        var at = body.add("TaskTemplate.Networks", from);
        body.text(at + ".Target", target.get(), from);
        options.filter(Cursor::isFields).ifPresent(said -> {
            said.only(Set.of("aliases", "driver_opts"), Map.of(
                    "ipv4_address", "addresses are given out by the manager: leave it out",
                    "ipv6_address", "addresses are given out by the manager: leave it out"));
            said.get("driver_opts").ifPresent(opts -> texts(opts, at + ".DriverOpts"));
        });
        if (PredefinedNetwork.of(target.get()).isPresent()) return;
        body.add(at + ".Aliases", name, from);
        options.filter(Cursor::isFields).flatMap(said -> said.get("aliases")).ifPresent(aliases -> list(aliases, at + ".Aliases"));
    }

    /** Secrets or configs: a name, or a mapping. Their ids are filled in when they are there. */
    private void files(String kind, String nameField, String idField, String list) {
        var inOrder = new ArrayList<Map.Entry<String, Runnable>>();
        get(kind).ifPresent(all -> all.items().forEach(from -> {
            var source = from.isText() ? from.text() : from.only(Set.of("source", "target", "uid", "gid", "mode"), Map.of())
                    .get("source").flatMap(Cursor::text);
            if (source.isEmpty()) {
                from.wrong("it has no source");
                return;
            }
            var full = file.blob(kind, source.get());
            if (full.isEmpty()) {
                from.wrong("there is no \"" + source.get() + "\" under " + kind + " of the file");
                return;
            }
            inOrder.add(Map.entry(full.get(), () -> file(kind, source.get(), full.get(), from, nameField, idField, list)));
        }));
        inOrder.sort(Map.Entry.comparingByKey());
        inOrder.forEach(one -> one.getValue().run());
    }

    private void file(String kind, String source, String full, Cursor from, String nameField, String idField, String list) {
        var at = body.add(CONTAINER + list, from);
        body.text(at + "." + nameField, full, from);
        body.text(at + "." + idField, full, from);
        var target = from.get("target").flatMap(Cursor::text).orElse((kind.equals("configs") ? "/" : "") + source);
        body.text(at + ".File.Name", target, from);
        body.text(at + ".File.UID", from.get("uid").flatMap(Cursor::text).orElse("0"), from);
        body.text(at + ".File.GID", from.get("gid").flatMap(Cursor::text).orElse("0"), from);
        body.number(at + ".File.Mode", from.get("mode").map(ServiceReader::octal).orElse(Optional.of(0444L)), from);
    }

    private void ports() {
        var inOrder = new ArrayList<Map.Entry<Long, Runnable>>();
        get("ports").ifPresent(from -> from.items().forEach(port -> {
            if (port.isText()) shortPort(port, inOrder);
            else inOrder.add(Map.entry(port.get("published").flatMap(Cursor::text).filter(text -> text.matches("[0-9]{1,9}"))
                    .map(Long::parseLong).orElse(0L), () -> longPort(port)));
        }));
        inOrder.sort(Map.Entry.comparingByKey());
        inOrder.forEach(one -> one.getValue().run());
    }

    /** {@code [PUBLISHED:]TARGET[/PROTOCOL]}, each a port or a range. */
    private void shortPort(Cursor from, List<Map.Entry<Long, Runnable>> inOrder) {
        var text = from.text().orElse("");
        int slash = text.indexOf('/');
        var ports = slash < 0 ? text : text.substring(0, slash);
        int colon = ports.lastIndexOf(':');
        var published = colon < 0 ? "" : ports.substring(0, colon);
        if (published.contains(":")) {
            from.wrong("\"" + text + "\" is not allowed; a port is published on every address of a host, not on one: leave the address out");
            return;
        }
        var targets = range(ports.substring(colon + 1), from);
        var hosts = published.isEmpty() ? List.of(0L) : range(published, from);
        if (targets.isEmpty() || hosts.isEmpty()) return;
        if (!published.isEmpty() && hosts.size() != targets.size()) {
            from.not("as many published ports as target ports");
            return;
        }
        for (int i = 0; i < targets.size(); i++) {
            long target = targets.get(i);
            long host = published.isEmpty() ? 0 : hosts.get(i);
            inOrder.add(Map.entry(host, () -> {
                var at = body.add("EndpointSpec.Ports", from);
                body.text(at + ".Protocol", slash < 0 ? "tcp" : text.substring(slash + 1), from);
                body.number(at + ".TargetPort", Optional.of(target), from);
                if (host > 0) body.number(at + ".PublishedPort", Optional.of(host), from);
                body.text(at + ".PublishMode", "ingress", from);
            }));
        }
    }

    private static List<Long> range(String text, Cursor from) {
        var ends = text.split("-", -1);
        if (ends.length <= 2 && text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
            long first = Long.parseLong(ends[0]);
            long last = Long.parseLong(ends[ends.length - 1]);
            if (first <= last && last <= 65_535) {
                var all = new ArrayList<Long>();
                for (long port = first; port <= last; port++) all.add(port);
                return all;
            }
        }
        from.not("TARGET or PUBLISHED:TARGET, with /udp or /sctp if it is not tcp, each a port or a range of them");
        return List.of();
    }

    private void longPort(Cursor from) {
        from.only(Set.of("target", "published", "protocol", "mode", "name"), Map.of(
                "host_ip", "a port is published on every address of a host: leave it out",
                "app_protocol", "nothing here reads it: leave it out"));
        var at = body.add("EndpointSpec.Ports", from);
        from.get("name").ifPresent(said -> body.text(at + ".Name", said.text(), said));
        from.get("target").ifPresentOrElse(said -> body.number(at + ".TargetPort", said.number(), said), () -> from.wrong("it has no target"));
        from.get("published").ifPresent(said -> body.number(at + ".PublishedPort", said.number(), said));
        from.get("protocol").ifPresentOrElse(said -> body.text(at + ".Protocol", said.text(), said), () -> body.text(at + ".Protocol", "tcp", from));
        from.get("mode").ifPresentOrElse(said -> body.text(at + ".PublishMode", said.text(), said), () -> body.text(at + ".PublishMode", "ingress", from));
    }

    private void deploy() {
        var deploy = get("deploy").orElse(service.saying(""));
        if (deploy.isFields())
            deploy.only(Set.of("endpoint_mode", "labels", "mode", "placement", "replicas", "resources", "restart_policy", "rollback_config",
                    "update_config"), Map.of());
        else if (get("deploy").isPresent()) deploy.not("a mapping");
        mode(deploy);
        deploy.get("labels").ifPresent(labels -> texts(labels, "Labels"));
        deploy.get("endpoint_mode").ifPresent(from -> body.text("EndpointSpec.Mode", from.text(), from));
        deploy.get("update_config").ifPresent(from -> update(from, "UpdateConfig"));
        deploy.get("rollback_config").ifPresent(from -> update(from, "RollbackConfig"));
        deploy.get("restart_policy").ifPresent(this::restartPolicy);
        deploy.get("placement").ifPresent(this::placement);
        deploy.get("resources").ifPresent(this::resources);
    }

    private void mode(Cursor deploy) {
        var mode = deploy.get("mode").flatMap(from -> from.oneOf("replicated", "global", "replicated-job", "global-job")).orElse("replicated");
        var replicas = deploy.get("replicas");
        var scale = get("scale");
        if (replicas.isPresent() && scale.isPresent()) scale.get().wrong("deploy.replicas says it too; say one of both");
        var counted = replicas.or(() -> scale);
        var from = deploy.get("mode").or(() -> counted).orElse(service);
        switch (mode) {
            case "replicated" -> body.number("Mode.Replicated.Replicas", counted.map(Cursor::number).orElse(Optional.of(1L)), counted.orElse(from));
            case "replicated-job" -> {
                for (String field : List.of("MaxConcurrent", "TotalCompletions"))
                    body.number("Mode.ReplicatedJob." + field, counted.map(Cursor::number).orElse(Optional.of(1L)), counted.orElse(from));
            }
            default -> {
                body.put(mode.equals("global") ? "Mode.Global" : "Mode.GlobalJob", JsonNodeFactory.instance.objectNode(), from);
                counted.ifPresent(said -> said.wrong("a service of mode " + mode + " has one task on every node; leave it out"));
            }
        }
    }

    private void update(Cursor from, String path) {
        from.only(Set.of("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order"), Map.of());
        // As docker stack deploy: what is said of updates without it means one at a time, not all.
        body.number(path + ".Parallelism", from.get("parallelism").map(Cursor::number).orElse(Optional.of(1L)), from.get("parallelism").orElse(from));
        from.get("delay").ifPresent(said -> body.number(path + ".Delay", said.duration(), said));
        from.get("failure_action").ifPresent(said -> body.text(path + ".FailureAction", said.text(), said));
        from.get("monitor").ifPresent(said -> body.number(path + ".Monitor", said.duration(), said));
        from.get("max_failure_ratio").ifPresent(said -> said.decimal()
                .ifPresent(ratio -> body.put(path + ".MaxFailureRatio", JsonNodeFactory.instance.numberNode(ratio), said)));
        from.get("order").ifPresent(said -> body.text(path + ".Order", said.text(), said));
    }

    private void restartPolicy(Cursor from) {
        from.only(Set.of("condition", "delay", "max_attempts", "window"), Map.of());
        var path = "TaskTemplate.RestartPolicy.";
        from.get("condition").ifPresent(said -> body.text(path + "Condition", said.oneOf("any", "on-failure", "none"), said));
        from.get("delay").ifPresent(said -> body.number(path + "Delay", said.duration(), said));
        from.get("max_attempts").ifPresent(said -> body.number(path + "MaxAttempts", said.number(), said));
        from.get("window").ifPresent(said -> body.number(path + "Window", said.duration(), said));
    }

    /** Compose's other way to say a restart policy. */
    private void restart() {
        get("restart").ifPresent(from -> from.text().ifPresent(text -> {
            if (get("deploy").flatMap(deploy -> deploy.get("restart_policy")).isPresent()) {
                from.wrong("deploy.restart_policy says it too; say one of both");
                return;
            }
            var path = "TaskTemplate.RestartPolicy.";
            switch (text) {
                case "always", "unless-stopped" -> body.text(path + "Condition", "any", from);
                case "no" -> body.text(path + "Condition", "none", from);
                case "on-failure" -> body.text(path + "Condition", "on-failure", from);
                case String limited when limited.matches("on-failure:[0-9]{1,9}") -> {
                    body.text(path + "Condition", "on-failure", from);
                    body.number(path + "MaxAttempts", Optional.of(Long.parseLong(limited.substring("on-failure:".length()))), from);
                }
                default -> from.not("one of no, always, unless-stopped, on-failure, on-failure:TIMES");
            }
        }));
    }

    private void placement(Cursor from) {
        from.only(Set.of("constraints", "preferences", "max_replicas_per_node"), Map.of());
        var path = "TaskTemplate.Placement.";
        from.get("constraints").ifPresent(said -> list(said, path + "Constraints"));
        from.get("max_replicas_per_node").ifPresent(said -> body.number(path + "MaxReplicas", said.number(), said));
        from.get("preferences").ifPresent(said -> said.items().forEach(item -> {
            item.only(Set.of("spread"), Map.of());
            item.get("spread").ifPresentOrElse(
                    spread -> body.text(body.add(path + "Preferences", item) + ".Spread.SpreadDescriptor", spread.text(), spread),
                    () -> item.wrong("it is spread: LABEL, such as spread: node.labels.zone"));
        }));
    }

    private void resources(Cursor from) {
        from.only(Set.of("limits", "reservations"), Map.of());
        from.get("limits").ifPresent(limits -> {
            limits.only(Set.of("cpus", "memory", "pids"), Map.of());
            amounts(limits, "TaskTemplate.Resources.Limits.");
            limits.get("pids").ifPresent(said -> body.number("TaskTemplate.Resources.Limits.Pids", said.number(), said));
        });
        from.get("reservations").ifPresent(kept -> {
            kept.only(Set.of("cpus", "memory", "generic_resources"), Map.of("devices",
                    "name what a node has with generic_resources, and mount the device"));
            amounts(kept, "TaskTemplate.Resources.Reservations.");
            kept.get("generic_resources").ifPresent(all -> all.items().forEach(item -> {
                item.only(Set.of("discrete_resource_spec"), Map.of());
                var at = body.add("TaskTemplate.Resources.Reservations.GenericResources", item);
                item.get("discrete_resource_spec").ifPresentOrElse(discrete -> {
                    discrete.only(Set.of("kind", "value"), Map.of());
                    discrete.get("kind").ifPresent(said -> body.text(at + ".DiscreteResourceSpec.Kind", said.text(), said));
                    discrete.get("value").ifPresent(said -> body.number(at + ".DiscreteResourceSpec.Value", said.number(), said));
                }, () -> item.wrong("it is discrete_resource_spec with kind and value"));
            }));
        });
    }

    private void amounts(Cursor from, String path) {
        from.get("cpus").ifPresent(said -> body.number(path + "NanoCPUs",
                said.decimal().map(cpus -> cpus.multiply(BILLION).longValue()), said));
        from.get("memory").ifPresent(said -> body.number(path + "MemoryBytes", said.bytes(), said));
    }

    private void startOrder() {
        get("depends_on").ifPresent(from -> {
            if (get("deploy").flatMap(deploy -> deploy.get("labels")).filter(labels -> labels.pairs().containsKey(StartOrderLabels.AFTER)).isPresent()) {
                from.wrong("label " + StartOrderLabels.AFTER + " says it too; say one of both");
                return;
            }
            var after = new ArrayList<After>();
            if (from.isFields()) from.fields().forEach((other, how) -> longDependency(other, how).ifPresent(after::add));
            else for (Cursor item : from.items())
                item.text().filter(other -> isThere(other, item)).ifPresent(other -> after.add(new After(other, Condition.STARTED)));
            var names = new TreeSet<String>();
            after.removeIf(one -> !names.add(one.service()));
            if (!after.isEmpty()) body.entry("Labels", StartOrderLabels.AFTER, StartOrderLabels.text(after), from);
        });
    }

    private Optional<After> longDependency(String other, Cursor how) {
        how.only(Set.of("condition", "required", "restart"), Map.of());
        how.get("restart").flatMap(said -> said.yesOrNo().filter(yes -> yes).map(_ -> said)).ifPresent(said ->
                said.wrong("what runs is not restarted because something it started after was; leave it out"));
        boolean needed = how.get("required").flatMap(Cursor::yesOrNo).orElse(true);
        if (!needed && !file.services().contains(other)) return Optional.empty();
        if (!isThere(other, how)) return Optional.empty();
        var conditions = new TreeMap<>(Map.of("service_started", Condition.STARTED, "service_healthy", Condition.HEALTHY,
                "service_completed_successfully", Condition.COMPLETED));
        var said = how.get("condition");
        if (said.isEmpty()) {
            how.wrong("it has no condition; it is one of " + String.join(", ", conditions.keySet()));
            return Optional.empty();
        }
        var condition = said.get().oneOf(conditions.keySet().toArray(String[]::new)).map(conditions::get);
        if (condition.equals(Optional.of(Condition.COMPLETED)) && !file.ends(other))
            said.get().wrong(other + " never completes, because it is restarted whenever it ends; give it deploy.mode: replicated-job, or "
                    + "deploy.restart_policy.condition: on-failure");
        return condition.map(one -> new After(other, one));
    }

    private boolean isThere(String other, Cursor from) {
        if (file.services().contains(other)) return true;
        from.wrong("there is no service \"" + other + "\" in the file" + Nearest.hint(other, file.services()));
        return false;
    }
}
