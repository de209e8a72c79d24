package io.cardume.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A text with placeholders in double braces, as Swarm writes them, of which only these are known: the fields of
 * {@link Context}, {@code index .Service.Labels "name"}, a quoted text, and where the caller offers them, functions of
 * one quoted argument such as {@code secret "name"}. Any other is refused; nothing is ever computed.
 */
public final class Template {
    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";
    private static final String LABEL = ".Service.Labels.";
    /** Possessive, so that a long text takes no more stack than a short one. */
    private static final String QUOTED = "(\"(?:[^\"\\\\]|\\\\[\"\\\\])*+\"|`[^`]*+`)";
    private static final Pattern LABEL_FIELD = Pattern.compile("\\.Service\\.Labels\\.([A-Za-z_][A-Za-z0-9_]*)");
    private static final Pattern INDEX = Pattern.compile("index\\s+\\.Service\\.Labels\\s+" + QUOTED);
    private static final Pattern CALL = Pattern.compile("([a-z]+)\\s+" + QUOTED);
    private static final Pattern TEXT = Pattern.compile(QUOTED);

    private final List<Part> parts;

    private Template(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * What a template can say of its task.
     *
     * @param service the service
     * @param serviceName its name
     * @param labels its labels
     * @param node where the task runs
     * @param hostname that host's name
     * @param platform that host's platform
     * @param task the task
     * @param taskName its name, {@code service.slot.id}
     * @param slot its slot, or its node's id where tasks have none
     */
    public record Context(
            ServiceId service,
            String serviceName,
            SortedMap<String, String> labels,
            NodeId node,
            String hostname,
            Platform platform,
            TaskId task,
            String taskName,
            String slot) {
        public Context {
            labels = Copies.labels(labels);
        }

        private String of(Field field) {
            return switch (field) {
                case SERVICE_ID -> service.value();
                case SERVICE_NAME -> serviceName;
                case NODE_ID -> node.value();
                case NODE_HOSTNAME -> hostname;
                case NODE_OS -> platform.os();
                case NODE_ARCHITECTURE -> platform.architecture();
                case TASK_ID -> task.value();
                case TASK_NAME -> taskName;
                case TASK_SLOT -> slot;
            };
        }
    }

    private enum Field {
        SERVICE_ID(".Service.ID"),
        SERVICE_NAME(".Service.Name"),
        NODE_ID(".Node.ID"),
        NODE_HOSTNAME(".Node.Hostname"),
        NODE_OS(".Node.Platform.OS"),
        NODE_ARCHITECTURE(".Node.Platform.Architecture"),
        TASK_ID(".Task.ID"),
        TASK_NAME(".Task.Name"),
        TASK_SLOT(".Task.Slot");

        private final String path;

        Field(String path) {
            this.path = path;
        }

        private static Optional<Field> of(String path) {
            return Arrays.stream(values()).filter(field -> field.path.equals(path)).findFirst();
        }
    }

    private sealed interface Part {
        record Text(String text) implements Part {}

        record Of(Field field) implements Part {}

        record Label(String name) implements Part {}

        record Call(String function, String argument) implements Part {}
    }

    /** Thrown for a text that is no template; the message names the placeholder and what is allowed. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        private Malformed(String placeholder, Collection<String> functions) {
            super("\"" + WireReader.shown(placeholder) + "\" is not allowed; placeholders are " + allowed(functions));
        }
    }

    /** Whether a text has a placeholder, right or wrong. */
    public static boolean isIn(String text) {
        return text.contains(OPEN);
    }

    /**
     * The template a text is.
     *
     * @param functions names that may be called with one quoted argument; usually none
     */
    public static Template of(String text, Collection<String> functions) throws Malformed {
        var parts = new ArrayList<Part>();
        int at = 0;
        for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
            int close = end(text, open);
            if (close < 0) throw new Malformed(text.substring(open), functions);
            parts.add(new Part.Text(text.substring(at, open)));
            var placeholder = text.substring(open, close + CLOSE.length());
            parts.add(part(text.substring(open + OPEN.length(), close).strip(), functions)
                    .orElseThrow(() -> new Malformed(placeholder, functions)));
            at = close + CLOSE.length();
        }
        parts.add(new Part.Text(text.substring(at)));
        return new Template(parts);
    }

    /** Where the braces close that open at a place; quoted braces do not count. -1 = nowhere. */
    private static int end(String text, int open) {
        char quote = 0;
        for (int at = open + OPEN.length(); at < text.length(); at++) {
            char c = text.charAt(at);
            if (quote == '"' && c == '\\') at++;
            else if (quote != 0) quote = c == quote ? 0 : quote;
            else if (c == '"' || c == '`') quote = c;
            else if (text.startsWith(CLOSE, at)) return at;
        }
        return -1;
    }

    private static Optional<Part> part(String inside, Collection<String> functions) {
        var field = Field.of(inside);
        if (field.isPresent()) return field.map(Part.Of::new);
        Matcher label = LABEL_FIELD.matcher(inside);
        if (label.matches()) return Optional.of(new Part.Label(label.group(1)));
        Matcher index = INDEX.matcher(inside);
        if (index.matches()) return Optional.of(new Part.Label(unquoted(index.group(1))));
        if (TEXT.matcher(inside).matches()) return Optional.of(new Part.Text(unquoted(inside)));
        Matcher call = CALL.matcher(inside);
        if (call.matches() && functions.contains(call.group(1)))
            return Optional.of(new Part.Call(call.group(1), unquoted(call.group(2))));
        return Optional.empty();
    }

    private static String unquoted(String quoted) {
        var inside = quoted.substring(1, quoted.length() - 1);
        return quoted.charAt(0) == '`' ? inside : inside.replaceAll("\\\\([\"\\\\])", "$1");
    }

    private static String allowed(Collection<String> functions) {
        var forms = new ArrayList<String>();
        for (Field field : Field.values()) forms.add(OPEN + field.path + CLOSE);
        forms.add(OPEN + LABEL + "NAME" + CLOSE);
        forms.add(OPEN + "index .Service.Labels \"NAME\"" + CLOSE);
        functions.stream().sorted().forEach(name -> forms.add(OPEN + name + " \"…\"" + CLOSE));
        return String.join(", ", forms);
    }

    /** The service labels it names, in order; a label that is not there expands to nothing. */
    public List<String> labels() {
        return parts.stream().flatMap(part -> part instanceof Part.Label(var name) ? Stream.of(name) : Stream.empty()).toList();
    }

    /** The arguments a function is called with, in order. */
    public List<String> arguments(String function) {
        return parts.stream()
                .flatMap(part -> part instanceof Part.Call(var name, var argument) && name.equals(function)
                        ? Stream.of(argument) : Stream.empty())
                .toList();
    }

    /** The text for one task. */
    public String expand(Context context) {
        return expand(context, (function, _) -> {
            throw new IllegalArgumentException("function " + function + " is not offered here");
        }, Integer.MAX_VALUE).orElseThrow();
    }

    /**
     * The text for one task; empty if it would be longer than it may be.
     *
     * @param functions what a function gives for an argument
     * @param most so many characters it may have
     */
    public Optional<String> expand(Context context, BinaryOperator<String> functions, int most) {
        var text = new StringBuilder();
        for (Part part : parts) {
            text.append(switch (part) {
                case Part.Text(var plain) -> plain;
                case Part.Of(var field) -> context.of(field);
                case Part.Label(var name) -> context.labels().getOrDefault(name, "");
                case Part.Call(var function, var argument) -> functions.apply(function, argument);
            });
            if (text.length() > most) return Optional.empty();
        }
        return Optional.of(text.toString());
    }

    /**
     * A container for one task: placeholders in the values of its environment, its host name, and the sources, targets,
     * labels and driver options of its mounts are filled in, as Swarm does. What is no template is left as it is.
     */
    public static ContainerSpec expand(ContainerSpec spec, Context context) {
        if (!isIn(spec)) return spec;
        return spec.with(
                spec.env().stream().map(variable -> value(variable, context)).toList(),
                spec.hostname().map(name -> filled(name, context)),
                spec.mounts().stream().map(mount -> mount(mount, context)).toList());
    }

    private static boolean isIn(ContainerSpec spec) {
        return spec.env().stream().anyMatch(Template::isIn)
                || spec.hostname().filter(Template::isIn).isPresent()
                || spec.mounts().stream().anyMatch(Template::isIn);
    }

    private static boolean isIn(Mount mount) {
        return isIn(mount.target())
                || mount.source().filter(Template::isIn).isPresent()
                || mount.volumeOptions().filter(options -> options.labels().values().stream().anyMatch(Template::isIn)
                        || options.driverConfig().filter(driver -> driver.options().values().stream().anyMatch(Template::isIn)).isPresent())
                .isPresent();
    }

    private static String value(String variable, Context context) {
        int equals = variable.indexOf('=');
        return equals < 0 ? variable : variable.substring(0, equals + 1) + filled(variable.substring(equals + 1), context);
    }

    private static Mount mount(Mount mount, Context context) {
        if (!isIn(mount)) return mount;
        var volume = mount.volumeOptions().map(options -> new VolumeOptions(
                options.noCopy(), filled(options.labels(), context),
                options.driverConfig().map(driver -> new Driver(driver.name(), filled(driver.options(), context))),
                options.subpath()));
        return new Mount(mount.type(), mount.source().map(source -> filled(source, context)), filled(mount.target(), context),
                mount.readOnly(), mount.consistency(), mount.bindOptions(), volume, mount.tmpfsOptions());
    }

    private static SortedMap<String, String> filled(SortedMap<String, String> values, Context context) {
        var filled = new TreeMap<String, String>();
        values.forEach((key, value) -> filled.put(key, filled(value, context)));
        return filled;
    }

    private static String filled(String text, Context context) {
        if (!isIn(text)) return text;
        try {
            return of(text, List.of()).expand(context);
        } catch (Malformed e) {
            return text; // refused at the door; what comes through is shown as it is
        }
    }
}
