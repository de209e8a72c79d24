package io.cardume.manager.compose;

import io.cardume.api.Nearest;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.StackLabels;
import io.cardume.api.StartOrderLabels.After;
import io.cardume.api.StartOrderLabels.Condition;
import io.cardume.api.StartOrderLabels;
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
        new VolumesReader(file, service, body).read();
        networks();
        files("secrets", "SecretName", "SecretID", "Secrets");
        files("configs", "ConfigName", "ConfigID", "Configs");
        new PortsReader(service, body).read();
        new DeployReader(service, body).read();
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
        get("labels").ifPresent(labels -> body.entries(CONTAINER + "Labels", labels));
        get("command").ifPresent(command -> words(command, CONTAINER + "Args"));
        get("entrypoint").ifPresent(entry -> words(entry, CONTAINER + "Command"));
        get("hostname").ifPresent(from -> body.text(CONTAINER + "Hostname", from.text(), from));
        get("working_dir").ifPresent(from -> body.text(CONTAINER + "Dir", from.text(), from));
        get("user").ifPresent(from -> body.text(CONTAINER + "User", from.text(), from));
        get("group_add").ifPresent(from -> body.items(CONTAINER + "Groups", from));
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
            body.items(path, from);
            return;
        }
        from.text().ifPresent(line -> Words.of(line).ifPresentOrElse(
                words -> body.texts(path, words, from), () -> from.not("a command line with every quote closed, or a list of words")));
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
            else body.items(path + "Test", test);
        });
        check.get("interval").ifPresent(from -> body.number(path + "Interval", from.duration(), from));
        check.get("timeout").ifPresent(from -> body.number(path + "Timeout", from.duration(), from));
        check.get("start_period").ifPresent(from -> body.number(path + "StartPeriod", from.duration(), from));
        check.get("start_interval").ifPresent(from -> body.number(path + "StartInterval", from.duration(), from));
        check.get("retries").ifPresent(from -> body.number(path + "Retries", from.number(), from));
    }

    private void isolation() {
        get("cap_add").ifPresent(from -> body.items(CONTAINER + "CapabilityAdd", from));
        get("cap_drop").ifPresent(from -> body.items(CONTAINER + "CapabilityDrop", from));
        get("isolation").ifPresent(from -> body.text(CONTAINER + "Isolation", from.text(), from));
        get("oom_score_adj").ifPresent(from -> body.number(CONTAINER + "OomScoreAdj", from.number(), from));
        get("sysctls").ifPresent(from -> body.entries(CONTAINER + "Sysctls", from));
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
            said.get("driver_opts").ifPresent(opts -> body.entries(at + ".DriverOpts", opts));
        });
        if (PredefinedNetwork.of(target.get()).isPresent()) return;
        body.add(at + ".Aliases", name, from);
        options.filter(Cursor::isFields).flatMap(said -> said.get("aliases")).ifPresent(aliases -> body.items(at + ".Aliases", aliases));
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
        body.number(at + ".File.Mode", from.get("mode").map(Cursor::octal).orElse(Optional.of(0444L)), from);
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
