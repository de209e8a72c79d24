package io.cardume.agent.net;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The host's links, ways and neighbours as they were when it was looked.
 *
 * @param links each link by its name, with its addresses
 * @param ways entries that lead to other hosts, by link
 * @param neighbours permanent entries, by link
 * @param routes of the main table, by link
 * @param virtual addresses of services that are the host's by route, by link
 */
record HostNow(
        SortedMap<String, JsonNode> links,
        Map<String, List<JsonNode>> ways,
        Map<String, List<JsonNode>> neighbours,
        Map<String, List<JsonNode>> routes,
        Map<String, List<JsonNode>> virtual) {
    /** The mark of a route that is ours. */
    static final int PROTOCOL = 201;

    static HostNow of(Commands commands) throws LinkException {
        // Starting a process costs more than what it does.
        var said = commands.answers(List.of("addr show", "neigh show nud permanent", "route show", "route show table local proto " + PROTOCOL),
                "ip", "-j", "-d", "-batch", "-");
        return new HostNow(links(said.getFirst()), byLink(commands.json("bridge", "-j", "fdb", "show"), "ifname"),
                byLink(said.get(1), "dev"), byLink(said.get(2), "dev"), byLink(said.get(3), "dev"));
    }

    /** No more than the devices among which ours would be: a host without networks of ours may have hundreds of others. */
    static HostNow ofDevices(Commands commands) throws LinkException {
        return new HostNow(links(commands.json("ip", "-j", "-d", "link", "show", "type", "vxlan")), Map.of(), Map.of(), Map.of(), Map.of());
    }

    private static SortedMap<String, JsonNode> links(JsonNode said) {
        var links = new TreeMap<String, JsonNode>();
        for (JsonNode link : said)
            if (link.has("ifname")) links.put(link.path("ifname").asText(), link);
        return links;
    }

    private static Map<String, List<JsonNode>> byLink(JsonNode entries, String field) {
        var all = new TreeMap<String, List<JsonNode>>();
        for (JsonNode entry : entries)
            if (entry.has("dst")) all.computeIfAbsent(entry.path(field).asText(), _ -> new ArrayList<>()).add(entry);
        return all;
    }

    /** A link of this name. */
    Optional<JsonNode> link(String name) {
        return Optional.ofNullable(links.get(name));
    }

    /** The link that has an address; empty if the host has it not, as behind address translation. */
    Optional<JsonNode> withAddress(String host) {
        for (JsonNode link : links.values())
            for (JsonNode address : link.path("addr_info"))
                if (address.path("local").asText().equals(host)) return Optional.of(link);
        return Optional.empty();
    }

    /** Where frames that a link sends on go. */
    List<JsonNode> ways(String link) {
        return ways.getOrDefault(link, List.of());
    }

    /** Which addresses a link leads to. */
    List<JsonNode> routes(String link) {
        return routes.getOrDefault(link, List.of());
    }

    /** Which addresses of services a link has. */
    List<JsonNode> virtual(String link) {
        return virtual.getOrDefault(link, List.of());
    }

    /** Which neighbours a link was told of. */
    List<JsonNode> neighbours(String link) {
        return neighbours.getOrDefault(link, List.of());
    }
}
