package io.cardume.manager.compose;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.BlobSpecs;
import io.cardume.api.NetworkSpec;
import io.cardume.api.Reading;
import io.cardume.api.ServiceSpec;
import io.cardume.api.ServiceSpecs;
import io.cardume.api.StackLabels;
import io.cardume.api.StackSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A Compose file, version 3 or without one. */
public final class ComposeFile {
    private static final Pattern STACK = Pattern.compile("[a-z0-9](?:[-_a-z0-9]{0,40}[a-z0-9])?");
    private static final String STACKS = "1 to 42 characters a-z, 0-9, - and _, first and last a letter or digit";
    private static final Set<String> KNOWN = Set.of("configs", "name", "networks", "secrets", "services", "version", "volumes");
    private static final Map<String, String> REFUSED = Map.of("include", "the other files do not come with the request: write them into this one");

    private ComposeFile() {}

    /** What a file is. */
    public sealed interface Outcome {
        /** Everything in it can be honoured. */
        record Whole(StackSpec stack) implements Outcome {}

        /** Something in it cannot; there is at least one fault, in the order of the file. */
        record Faulty(List<Fault> faults) implements Outcome {
            public Faulty {
                faults = List.copyOf(faults);
            }
        }
    }

    /**
     * Reads a file.
     *
     * @param text YAML
     * @param stack the stack's name; "" = as the file says with {@code name}
     * @param variables the values of its variables
     */
    public static Outcome read(String text, String stack, SortedMap<String, String> variables) {
        var faults = new Faults();
        var values = new Variables(variables);
        var root = Yaml.read(text, values, faults).map(value -> new Cursor(value, "", faults));
        Optional<StackSpec> read = root.flatMap(cursor -> new Reader(cursor, stack, values).read());
        return faults.none() ? new Outcome.Whole(read.orElseThrow()) : new Outcome.Faulty(faults.all());
    }

    /**
     * A volume of the file.
     *
     * @param name as the engines know it
     * @param external whether it is somebody else's
     * @param at what is said of it
     */
    record Volume(String name, boolean external, Cursor at) {}

    /** The network of services that name none. */
    static final String DEFAULT = "default";

    /** What the services of a file need to know of the rest of it. */
    static final class Reader {
        private final Cursor root;
        private final String asked;
        private final Variables variables;
        private final Map<String, Volume> volumes = new TreeMap<>();
        private final Map<String, String> blobs = new TreeMap<>();
        private final Map<String, StackSpec.Net> networks = new TreeMap<>();
        private final TreeMap<String, String> places = new TreeMap<>();
        private final TreeSet<String> used = new TreeSet<>();
        private final List<StackSpec.File> files = new ArrayList<>();
        private String stack = "";

        Reader(Cursor root, String asked, Variables variables) {
            this.root = root;
            this.asked = asked;
            this.variables = variables;
        }

        String stack() {
            return stack;
        }

        Variables variables() {
            return variables;
        }

        Set<String> services() {
            return root.get("services").map(services -> services.fields().keySet()).orElse(Set.of());
        }

        Optional<Volume> volume(String name) {
            return Optional.ofNullable(volumes.get(name));
        }

        Optional<String> blob(String kind, String name) {
            return Optional.ofNullable(blobs.get(kind + "/" + name));
        }

        /** The whole name of a network that a service is on; the default one need not be written. */
        Optional<String> network(String name) {
            var known = networks.get(name);
            if (known == null && name.equals(DEFAULT)) {
                networks.put(name, new StackSpec.Net(StackLabels.scoped(stack, name), Optional.of(plainNetwork())));
                known = networks.get(name);
            }
            if (known != null) used.add(name);
            return Optional.ofNullable(known).map(StackSpec.Net::name);
        }

        /** By what networks of a service are sorted: the name the CLI knows them by. */
        String order(String name) {
            return networks.containsKey(name) ? networks.get(name).name() : StackLabels.scoped(stack, name);
        }

        private NetworkSpec plainNetwork() {
            var labels = new TreeMap<>(Map.of(StackLabels.NAMESPACE, stack));
            return new NetworkSpec(StackLabels.scoped(stack, DEFAULT), labels, false, false, Optional.empty(), Optional.empty(), Optional.empty());
        }

        /** Whether the tasks of a service come to an end by themselves. */
        boolean ends(String service) {
            var said = root.get("services").flatMap(services -> services.get(service));
            var deploy = said.flatMap(one -> one.get("deploy"));
            boolean job = deploy.flatMap(one -> one.get("mode")).flatMap(Cursor::text).filter(mode -> mode.endsWith("-job")).isPresent();
            boolean policy = deploy.flatMap(one -> one.get("restart_policy")).flatMap(one -> one.get("condition")).flatMap(Cursor::text)
                    .filter(condition -> !condition.equals("any")).isPresent();
            boolean restart = said.flatMap(one -> one.get("restart")).flatMap(Cursor::text)
                    .filter(word -> word.equals("no") || word.startsWith("on-failure")).isPresent();
            return job || policy || restart;
        }

        Optional<StackSpec> read() {
            if (!root.isFields()) return root.not("a mapping with services");
            root.only(KNOWN, REFUSED);
            root.get("version").ifPresent(version -> version.text().filter(text -> !text.matches("3(\\.[0-9]+)?"))
                    .ifPresent(_ -> version.not("3 to 3.13, or left out")));
            stack = name();
            if (root.get("services").isEmpty()) root.wrong("it has no services");
            root.get("volumes").ifPresent(all -> all.fields().forEach(this::readVolume));
            for (BlobKind kind : BlobKind.values())
                root.get(kind.word() + "s").ifPresent(all -> all.fields().forEach((name, at) -> readBlob(kind, name, at)));
            root.get("networks").ifPresent(all -> all.fields().forEach(this::readNetwork));
            var services = new ArrayList<ServiceSpec>();
            root.get("services").ifPresent(all -> all.fields().forEach((name, at) -> readService(name, at).ifPresent(services::add)));
            refuseRings();
            return root.faults().none() ? Optional.of(new StackSpec(stack, used.stream().map(networks::get).toList(), files, services, places)) : Optional.empty();
        }

        private String name() {
            var said = root.get("name").flatMap(Cursor::text);
            if (!asked.isEmpty() || said.isEmpty()) {
                if (asked.isEmpty()) root.wrong("the stack has no name; write name: NAME at the top of the file, or give it with ?stack=NAME");
                else if (!STACK.matcher(asked).matches()) root.wrong("?stack=\"" + asked + "\" is not allowed; it is " + STACKS);
                return asked;
            }
            if (!STACK.matcher(said.get()).matches()) root.get("name").orElseThrow().not(STACKS);
            return said.get();
        }

        private void readVolume(String name, Cursor at) {
            at.only(Set.of("driver", "driver_opts", "external", "labels", "name"), Map.of());
            boolean external = external(at);
            if (external)
                for (String field : List.of("driver", "driver_opts", "labels"))
                    at.get(field).ifPresent(said -> said.wrong("the volume is external, so it is as it is; leave it out"));
            volumes.put(name, new Volume(fullName(name, at, external), external, at));
        }

        private void readNetwork(String name, Cursor at) {
            at.only(Set.of("attachable", "driver", "driver_opts", "external", "internal", "ipam", "labels", "name"), Map.of(
                    "enable_ipv6", "networks are of IPv4: leave it out", "enable_ipv4", "networks are of IPv4: leave it out"));
            boolean external = external(at);
            var full = fullName(name, at, external);
            places.put("network " + full, at.place().toString());
            if (external) {
                for (String field : List.of("attachable", "driver", "driver_opts", "internal", "ipam", "labels"))
                    at.get(field).ifPresent(said -> said.wrong("the network is external, so it is as it is; leave it out"));
                networks.put(name, new StackSpec.Net(full, Optional.empty()));
                return;
            }
            var body = new Body(at);
            body.text("Name", full, at.get("name").orElse(at));
            body.entry("Labels", StackLabels.NAMESPACE, stack, at);
            at.get("labels").ifPresent(labels -> labels.pairs().forEach((key, said) ->
                    body.entry("Labels", key, said.flatMap(Cursor::text).orElse(""), said.orElse(labels))));
            at.get("driver").ifPresentOrElse(said -> body.text("Driver", said.text(), said), () -> body.text("Driver", "overlay", at));
            at.get("driver_opts").ifPresent(options -> options.pairs().forEach((key, said) ->
                    body.entry("Options", key, said.flatMap(Cursor::text).orElse(""), said.orElse(options))));
            at.get("internal").ifPresent(said -> body.flag("Internal", said.yesOrNo(), said));
            at.get("attachable").ifPresent(said -> body.flag("Attachable", said.yesOrNo(), said));
            at.get("ipam").ifPresent(ipam -> readIpam(ipam, body));
            // Where it is wrong it is still there, so that services on it are not blamed too.
            networks.put(name, new StackSpec.Net(full, Optional.empty()));
            switch (NetworkSpec.read(body.tree())) {
                case Reading.Valid<NetworkSpec>(var spec) -> networks.put(name, new StackSpec.Net(full, Optional.of(spec)));
                case Reading.Invalid<NetworkSpec>(var problems) -> body.blame(problems);
            }
        }

        private static void readIpam(Cursor ipam, Body body) {
            ipam.only(Set.of("driver", "config", "options"), Map.of());
            ipam.get("driver").ifPresent(said -> body.text("IPAM.Driver", said.text(), said));
            ipam.get("options").ifPresent(said -> said.pairs().forEach((key, value) ->
                    body.entry("IPAM.Options", key, value.flatMap(Cursor::text).orElse(""), value.orElse(said))));
            ipam.get("config").ifPresent(all -> all.items().forEach(config -> {
                config.only(Set.of("subnet", "gateway", "ip_range", "aux_addresses"), Map.of());
                var at = body.add("IPAM.Config", config);
                config.get("subnet").ifPresent(said -> body.text(at + ".Subnet", said.text(), said));
                config.get("gateway").ifPresent(said -> body.text(at + ".Gateway", said.text(), said));
                config.get("ip_range").ifPresent(said -> body.text(at + ".IPRange", said.text(), said));
                config.get("aux_addresses").ifPresent(said -> said.pairs().forEach((key, value) ->
                        body.entry(at + ".AuxiliaryAddresses", key, value.flatMap(Cursor::text).orElse(""), value.orElse(said))));
            }));
        }

        private static boolean external(Cursor at) {
            return at.get("external").map(said -> {
                if (said.isFields()) said.wrong("the name of what is external is written beside it: external: true, name: NAME");
                return said.isFields() || said.yesOrNo().orElse(false);
            }).orElse(false);
        }

        private String fullName(String name, Cursor at, boolean external) {
            return at.get("name").flatMap(Cursor::text).orElse(external ? name : StackLabels.scoped(stack, name));
        }

        private void readBlob(BlobKind kind, String name, Cursor at) {
            var known = kind == BlobKind.CONFIG ? Set.of("content", "external", "labels", "name", "template_driver")
                    : Set.of("external", "labels", "name");
            var create = "create it with docker " + kind.word() + " create and write external: true";
            var refused = new TreeMap<String, String>();
            refused.put("file", "a file beside this one does not come with the request: " + create
                    + (kind == BlobKind.CONFIG ? ", or write its lines under content" : ""));
            refused.put("environment", create);
            refused.put("driver", create);
            refused.put("driver_opts", create);
            if (kind == BlobKind.SECRET) {
                refused.put("content", "a secret does not stand in a file: " + create);
                refused.put("template_driver", create);
            }
            at.only(known, refused);
            boolean external = external(at);
            var full = fullName(name, at, external);
            blobs.put(kind.word() + "s/" + name, full);
            places.put(kind.word() + " " + full, at.place().toString());
            if (external) {
                for (String field : List.of("content", "labels", "template_driver"))
                    at.get(field).ifPresent(said -> said.wrong("the " + kind.word() + " is external, so it is as it is; leave it out"));
                files.add(new StackSpec.File(kind, full, Optional.empty()));
                return;
            }
            if (kind == BlobKind.SECRET || at.get("content").isEmpty()) {
                if (refused.keySet().stream().noneMatch(field -> at.get(field).isPresent()))
                    at.wrong("it says nothing; " + create + (kind == BlobKind.CONFIG ? ", or write its lines under content" : ""));
                return;
            }
            readContent(kind, full, at);
        }

        private void readContent(BlobKind kind, String full, Cursor at) {
            var body = new Body(at);
            var content = at.get("content").orElseThrow();
            body.text("Name", full, at.get("name").orElse(at));
            body.entry("Labels", StackLabels.NAMESPACE, stack, at);
            body.entry("Labels", BlobSpec.NAME, full, at);
            at.get("labels").ifPresent(labels -> labels.pairs().forEach((key, said) ->
                    body.entry("Labels", key, said.flatMap(Cursor::text).orElse(""), said.orElse(labels))));
            content.text().ifPresent(text -> body.text("Data",
                    java.util.Base64.getEncoder().encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)), content));
            at.get("template_driver").ifPresent(said -> body.text("Templating.Name", said.text(), said));
            switch (BlobSpecs.create(kind, body.bytes())) {
                case Reading.Valid<BlobSpec>(var spec) -> files.add(new StackSpec.File(kind, full, Optional.of(spec)));
                case Reading.Invalid<BlobSpec>(var problems) -> body.blame(problems);
            }
        }

        private Optional<ServiceSpec> readService(String name, Cursor at) {
            if (!at.isFields()) return at.not("a mapping with at least an image");
            places.put("service " + StackLabels.scoped(stack, name), at.place().toString());
            var body = new ServiceReader(this, name, at).read();
            return switch (ServiceSpecs.read(body.bytes(), true)) {
                case Reading.Valid<ServiceSpec>(var spec) -> Optional.of(spec);
                case Reading.Invalid<ServiceSpec>(var problems) -> {
                    boolean noImage = at.get("image").isEmpty();
                    body.blame(problems.stream().filter(problem -> !noImage || !problem.field().endsWith(".Image")).toList());
                    yield Optional.empty();
                }
            };
        }

        /** Services that would wait for each other, where the file says so. */
        private void refuseRings() {
            for (String service : services()) {
                var way = new ArrayList<String>();
                if (ring(service, service, way, new HashSet<>()) && way.stream().noneMatch(other -> other.compareTo(service) < 0))
                    root.get("services").flatMap(all -> all.get(service)).flatMap(one -> one.get("depends_on")).ifPresent(at ->
                            at.wrong("services would wait for each other for ever: " + service + " starts after " + String.join(" starts after ", way)));
            }
        }

        private boolean ring(String from, String home, List<String> way, Set<String> seen) {
            for (String next : dependencies(from)) {
                way.add(next);
                if (next.equals(home) || seen.add(next) && ring(next, home, way, seen)) return true;
                way.removeLast();
            }
            return false;
        }

        private List<String> dependencies(String service) {
            return root.get("services").flatMap(all -> all.get(service)).flatMap(one -> one.get("depends_on"))
                    .map(at -> at.isFields() ? List.copyOf(at.fields().keySet()) : at.items().stream().flatMap(item -> item.text().stream()).toList())
                    .orElse(List.of());
        }
    }
}
