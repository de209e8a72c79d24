package io.cardume.manager.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The ports of a service: its {@code ports}, short and long. */
final class PortsReader {
    private final Cursor service;
    private final Body body;

    PortsReader(Cursor service, Body body) {
        this.service = service;
        this.body = body;
    }

    void read() {
        var inOrder = new ArrayList<Map.Entry<Long, Runnable>>();
        service.get("ports").ifPresent(from -> from.items().forEach(port -> {
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
}
