package io.cardume.manager.compose;

import io.cardume.api.GoDuration;
import io.cardume.api.Nearest;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A value on its way through a file: what it is asked for it gives, or it says what is wrong and gives nothing.
 *
 * @param path its path in the file
 */
record Cursor(Value value, String path, Faults faults) {
    private static final Pattern BYTES = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);
    private static final int LONGEST_SHOWN = 160;

    Place place() {
        return value.place();
    }

    boolean isNothing() {
        return value instanceof Value.Nothing;
    }

    boolean isText() {
        return value instanceof Value.Text;
    }

    boolean isItems() {
        return value instanceof Value.Items;
    }

    /** Says that it cannot be honoured. */
    void wrong(String text) {
        faults.wrong(place(), path, text);
    }

    /** Says that its value is none of those it may have. */
    <T> Optional<T> not(String allowed) {
        wrong(shown() + " is not allowed; it is " + allowed);
        return Optional.empty();
    }

    /** The value in words, for a message. */
    String shown() {
        return switch (value) {
            case Value.Nothing _ -> "nothing";
            case Value.Text(var text, _) -> "\"" + (text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…") + "\"";
            case Value.Items _ -> "a list";
            case Value.Fields _ -> "a mapping";
        };
    }

    /** A field of a mapping; empty if it is not there or says nothing. */
    Optional<Cursor> get(String name) {
        if (!(value instanceof Value.Fields(var fields, _)) || !fields.containsKey(name)) return Optional.empty();
        var found = new Cursor(fields.get(name).value(), path.isEmpty() ? name : path + "." + name, faults);
        return found.isNothing() ? Optional.empty() : Optional.of(found);
    }

    /** Whether it is a mapping. */
    boolean isFields() {
        return value instanceof Value.Fields;
    }

    /**
     * All fields of a mapping, also those that say nothing, in their order; those that begin with {@code x-} are nobody's.
     */
    Map<String, Cursor> fields() {
        var all = new LinkedHashMap<String, Cursor>();
        switch (value) {
            case Value.Fields(var fields, _) -> fields.forEach((name, field) -> {
                if (!name.startsWith("x-")) all.put(name, new Cursor(field.value(), path.isEmpty() ? name : path + "." + name, faults));
            });
            case Value.Nothing _ -> {}
            default -> not("a mapping");
        }
        return all;
    }

    /**
     * Says of every field that is not known that it is not, and of every one that is not honoured what to do instead.
     *
     * @param known fields that are read
     * @param refused fields of Compose that are not, with what to do instead
     */
    Cursor only(Collection<String> known, Map<String, String> refused) {
        if (!(value instanceof Value.Fields(var fields, _))) return this;
        var all = new TreeSet<>(known);
        all.addAll(refused.keySet());
        fields.forEach((name, field) -> {
            if (known.contains(name) || name.startsWith("x-")) return;
            var at = path.isEmpty() ? name : path + "." + name;
            if (refused.containsKey(name)) faults.wrong(field.key(), at, "it cannot be honoured; " + refused.get(name));
            else faults.wrong(field.key(), at, "there is no such field here" + Nearest.hint(name, all));
        });
        return this;
    }

    /** The items of a list. */
    List<Cursor> items() {
        if (isNothing()) return List.of();
        if (!(value instanceof Value.Items(var items, _))) {
            not("a list");
            return List.of();
        }
        var all = new ArrayList<Cursor>();
        for (Value item : items) all.add(new Cursor(item, path + "[" + all.size() + "]", faults));
        return all;
    }

    /** The items of a list, or the one value that stands in its place. */
    List<Cursor> oneOrMore() {
        return isText() ? List.of(this) : items();
    }

    /** Words. */
    Optional<String> text() {
        return switch (value) {
            case Value.Text(var text, _) -> Optional.of(text);
            case Value.Nothing _ -> Optional.empty();
            case Value.Items _, Value.Fields _ -> not("a text");
        };
    }

    /** One of some words. */
    Optional<String> oneOf(String... words) {
        return text().flatMap(text -> List.of(words).contains(text) ? Optional.of(text)
                : not("one of " + String.join(", ", words) + Nearest.hint(text, List.of(words))));
    }

    /** Permission bits. */
    Optional<Long> octal() {
        return text().flatMap(text -> text.matches("0?o?[0-7]{1,4}") ? Optional.of(Long.parseLong(text.replace("o", ""), 8))
                : not("permission bits in octal, such as 0755"));
    }

    Optional<Boolean> yesOrNo() {
        return text().flatMap(text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> not("true or false");
        });
    }

    /** A whole number; octal with a leading 0 or 0o, as permission bits are written. */
    Optional<Long> number() {
        return text().flatMap(text -> {
            try {
                if (text.matches("0o?[0-7]+")) return Optional.of(Long.parseLong(text.replaceFirst("0o?", ""), 8));
                if (text.matches("[-+]?[0-9]+")) return Optional.of(Long.parseLong(text));
            } catch (NumberFormatException e) {
                return not("a whole number of at most 64 bits");
            }
            return not("a whole number");
        });
    }

    Optional<BigDecimal> decimal() {
        return text().flatMap(text -> text.matches("[0-9]{1,18}(\\.[0-9]{1,18})?") ? Optional.of(new BigDecimal(text)) : not("a number such as 0.5"));
    }

    /** Nanoseconds. */
    Optional<Long> duration() {
        return text().flatMap(text -> {
            var read = GoDuration.parse(text);
            return read.isPresent() ? Optional.of(read.get().toNanos()) : not("a duration such as 500ms, 10s or 1m30s");
        });
    }

    /** Bytes: {@code 64m}, {@code 1.5g}, {@code 4096}. */
    Optional<Long> bytes() {
        return text().flatMap(text -> {
            var parts = BYTES.matcher(text);
            if (!parts.matches()) return not("a number of bytes such as 67108864, 64m or 1.5g");
            int unit = " kmgtp".indexOf(parts.group(2).isEmpty() ? " " : parts.group(2).toLowerCase(Locale.ROOT));
            var exact = new BigDecimal(parts.group(1)).multiply(new BigDecimal(BigInteger.ONE.shiftLeft(10 * unit)));
            return exact.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0 ? not("at most 8191p") : Optional.of(exact.longValue());
        });
    }

    /**
     * Texts by name, from a mapping or from a list of {@code NAME=VALUE}. Names without a value are there with none.
     */
    Map<String, Optional<Cursor>> pairs() {
        var all = new TreeMap<String, Optional<Cursor>>();
        if (isItems()) {
            for (Cursor item : items())
                item.text().ifPresent(text -> {
                    int equal = text.indexOf('=');
                    var name = equal < 0 ? text : text.substring(0, equal);
                    var said = equal < 0 ? Optional.<Cursor>empty() : Optional.of(item.saying(text.substring(equal + 1)));
                    if (name.isEmpty()) item.not("NAME=VALUE");
                    else if (all.put(name, said) != null) item.wrong(name + " is said twice");
                });
        } else {
            fieldsOfAnyName().forEach((name, field) -> all.put(name, field.isNothing() ? Optional.empty() : Optional.of(field)));
        }
        return all;
    }

    /** As {@link #fields}, but where any name is somebody's. */
    Map<String, Cursor> fieldsOfAnyName() {
        var all = new LinkedHashMap<String, Cursor>();
        switch (value) {
            case Value.Fields(var fields, _) ->
                fields.forEach((name, field) -> all.put(name, new Cursor(field.value(), path.isEmpty() ? name : path + "." + name, faults)));
            case Value.Nothing _ -> {}
            default -> not("a mapping");
        }
        return all;
    }

    /** The same place with other words. */
    Cursor saying(String text) {
        return new Cursor(new Value.Text(text, place()), path, faults);
    }
}
