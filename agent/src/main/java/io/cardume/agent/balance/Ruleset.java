package io.cardume.agent.balance;

import io.cardume.api.Copies;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * What is in a table of nftables, and how to say it to {@code nft}: the whole of it, or what is different from another.
 * One of its chains is named for all the rest and led to by none, so that a look at that chain tells whether the table is
 * this one; its one rule goes when somebody flushes the table, as all the others do.
 *
 * @param groups sets and maps by name
 * @param chains chains by name
 */
record Ruleset(SortedMap<String, Group> groups, SortedMap<String, Chain> chains) {
    private static final String MARK = "is_";
    private static final String MARKED = "return";

    /**
     * A set or a map.
     *
     * @param kind {@code set} or {@code map}
     * @param type what stands between its braces but for the elements
     * @param elements its elements, each with what it is mapped to; "" in a set
     */
    record Group(String kind, String type, SortedMap<String, String> elements) {
        Group {
            elements = Collections.unmodifiableSortedMap(new TreeMap<>(elements));
        }

        private static String element(Map.Entry<String, String> element) {
            return element.getValue().isEmpty() ? element.getKey() : element.getKey() + " : " + element.getValue();
        }

        private String written() {
            return "{ " + type + "; }";
        }
    }

    /**
     * A chain.
     *
     * @param hook where packets come into it, {@code type … policy accept;}; "" if only from other chains
     * @param rules its rules in order
     */
    record Chain(String hook, List<String> rules) {
        Chain {
            rules = Copies.list(rules);
        }
    }

    Ruleset {
        groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
        var marked = new TreeMap<>(chains);
        marked.keySet().removeIf(name -> name.startsWith(MARK));
        marked.put(MARK + digest(groups, marked), new Chain("", List.of(MARKED)));
        chains = Collections.unmodifiableSortedMap(marked);
    }

    private static String digest(SortedMap<String, Group> groups, SortedMap<String, Chain> chains) {
        var sum = new CRC32();
        sum.update((groups.toString() + chains).getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }

    /** The name of the chain that only a table which is like this has. */
    String mark() {
        return chains.tailMap(MARK).firstKey();
    }

    /** Whether that chain, as {@code nft} lists it, is as it was made. */
    static boolean marked(String listed) {
        return listed.lines().anyMatch(line -> line.strip().equals(MARKED));
    }

    /** Makes a table be this, whatever it was before. */
    String whole(String table) {
        var text = new StringBuilder("add table ip ").append(table).append("\ndelete table ip ").append(table).append("\nadd table ip ").append(table).append('\n');
        added(text, table, new Ruleset(new TreeMap<>(), new TreeMap<>()));
        return text.toString();
    }

    /** Makes a table that is as another one be this. */
    String since(Ruleset before, String table) {
        var text = new StringBuilder();
        added(text, table, before);
        before.chains.keySet().stream().filter(name -> !chains.containsKey(name)).forEach(name -> line(text, "flush chain", table, name, ""));
        before.groups.keySet().stream().filter(name -> !groups.containsKey(name)).forEach(name ->
                text.append("delete ").append(before.groups.get(name).kind()).append(" ip ").append(table).append(' ').append(name).append('\n'));
        before.chains.keySet().stream().filter(name -> !chains.containsKey(name)).forEach(name -> line(text, "delete chain", table, name, ""));
        return text.toString();
    }

    private void added(StringBuilder text, String table, Ruleset before) {
        chains.forEach((name, chain) -> {
            if (!before.chains.containsKey(name)) line(text, "add chain", table, name, chain.hook().isEmpty() ? "" : " { " + chain.hook() + " }");
        });
        groups.forEach((name, group) -> {
            if (!before.groups.containsKey(name)) line(text, "add " + group.kind(), table, name, " " + group.written());
        });
        // What a chain leads to is there now, and what is about to go is led to by none when its turn comes.
        chains.forEach((name, chain) -> {
            if (!Objects.equals(before.chains.get(name), chain)) rules(text, table, name, chain, before.chains.containsKey(name));
        });
        groups.forEach((name, group) -> elements(text, table, name, group.elements(),
                before.groups.containsKey(name) ? before.groups.get(name).elements() : new TreeMap<>()));
    }

    private static void rules(StringBuilder text, String table, String name, Chain chain, boolean old) {
        if (old) line(text, "flush chain", table, name, "");
        chain.rules().forEach(rule -> line(text, "add rule", table, name, " " + rule));
    }

    private static void elements(StringBuilder text, String table, String name, SortedMap<String, String> wanted, SortedMap<String, String> there) {
        var gone = there.entrySet().stream().filter(element -> !element.getValue().equals(wanted.get(element.getKey()))).map(Group::element).toList();
        if (!gone.isEmpty()) line(text, "delete element", table, name, " { " + String.join(", ", gone) + " }");
        var added = wanted.entrySet().stream().filter(element -> !element.getValue().equals(there.get(element.getKey()))).map(Group::element).toList();
        if (!added.isEmpty()) line(text, "add element", table, name, " { " + String.join(", ", added) + " }");
    }

    private static void line(StringBuilder text, String verb, String table, String name, String rest) {
        text.append(verb).append(" ip ").append(table).append(' ').append(name).append(rest).append('\n');
    }
}
