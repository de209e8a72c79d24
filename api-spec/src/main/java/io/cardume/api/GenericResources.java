package io.cardume.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Lists of {@link GenericResource}: as users write them, counted, and as a container sees them. */
public final class GenericResources {
    private static final String VARIABLE = "DOCKER_RESOURCE_";

    private GenericResources() {}

    /**
     * Reads resources as an engine's {@code node-generic-resources} has them: {@code SSD=3} is so many of a kind, {@code
     * GPU=UUID1} is one thing with a name.
     *
     * @throws IllegalArgumentException with what is wrong and what is allowed
     */
    public static List<GenericResource> parse(Collection<String> texts) {
        var all = new ArrayList<GenericResource>();
        var named = new TreeSet<String>();
        var counted = new TreeSet<String>();
        for (String text : texts) {
            int at = text.indexOf('=');
            var kind = at < 0 ? "" : text.substring(0, at).strip();
            var value = at < 0 ? "" : text.substring(at + 1).strip();
            if (kind.isEmpty() || value.isEmpty())
                throw new IllegalArgumentException("\"" + text + "\" is not allowed; it is NAME=NUMBER, or NAME=ID for each thing with an id");
            boolean number = value.matches("[0-9]{1,18}");
            boolean again = number ? !counted.add(kind) || named.contains(kind) : counted.contains(kind) || !named.add(kind + "=" + value);
            if (!number) named.add(kind);
            if (again) throw new IllegalArgumentException("\"" + text + "\" is not allowed; a number is said once of each name, an id once, and not both of one name");
            if (number && Long.parseLong(value) == 0) throw new IllegalArgumentException("\"" + text + "\" is not allowed; the number is at least 1");
            all.add(number ? discrete(kind, Long.parseLong(value)) : named(kind, value));
        }
        return all;
    }

    /** So many of a kind. */
    public static GenericResource discrete(String kind, long count) {
        return new GenericResource(Optional.empty(), Optional.of(new GenericResource.Discrete(kind, count)));
    }

    /** One thing of a kind. */
    public static GenericResource named(String kind, String name) {
        return new GenericResource(Optional.of(new GenericResource.Named(kind, name)), Optional.empty());
    }

    /** How many there are of each kind. */
    public static SortedMap<String, Long> counts(Collection<GenericResource> resources) {
        if (resources.isEmpty()) return Collections.emptySortedMap();
        var counts = new TreeMap<String, Long>();
        for (GenericResource resource : resources) {
            resource.discrete().ifPresent(some -> counts.merge(some.kind(), some.value(), Long::sum));
            resource.named().ifPresent(one -> counts.merge(one.kind(), 1L, Long::sum));
        }
        return counts;
    }

    /** The names of the things of a kind, in the order of the list; none if they are only counted. */
    public static List<String> names(Collection<GenericResource> resources, String kind) {
        return resources.stream().flatMap(resource -> resource.named().stream())
                .filter(one -> one.kind().equals(kind)).map(GenericResource.Named::value).toList();
    }

    /** What a container is told of what it was given, as Swarm does: {@code DOCKER_RESOURCE_GPU=UUID1,UUID2}. */
    public static List<String> variables(Collection<GenericResource> given) {
        var values = new TreeMap<String, List<String>>();
        for (GenericResource resource : given) {
            resource.discrete().ifPresent(some -> values.computeIfAbsent(some.kind(), _ -> new ArrayList<>()).add(Long.toString(some.value())));
            resource.named().ifPresent(one -> values.computeIfAbsent(one.kind(), _ -> new ArrayList<>()).add(one.value()));
        }
        return values.entrySet().stream()
                .map(entry -> VARIABLE + entry.getKey().toUpperCase(Locale.ROOT) + "=" + String.join(",", entry.getValue())).toList();
    }
}
