package io.cardume.e2e;

import io.cardume.e2e.Cluster.Task;
import java.time.Duration;
import java.util.List;

/**
 * What can be seen of the way from a task to a name, for the complaint of a test that did not get through: what the task's container
 * is answered, and what every host's kernel and agent have of the networks across hosts. Each part says so if it cannot be seen.
 */
final class Evidence {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    /** Whom the container asks for names, what it is answered, and what is at each address of the name. */
    private static final String INSIDE = """
            grep -v '^$' /etc/resolv.conf; busybox nslookup -type=a "$1" 2>&1 | grep -v '^$'
            for at in $(busybox nslookup -type=a "$1" 2>&1 | busybox awk '/^Address: / {print $2}'); do
              echo "$at port $2:"; printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 3 "$at" "$2" 2>&1 | busybox head -1; done""";

    /** Links and addresses, ways, neighbours, services' addresses, where balancers lead, connections that are not answered. */
    private static final String HOST = """
            ip -br addr show | grep cdm; ip route show table local proto 201
            for d in $(ip -br link show type vxlan | cut -d' ' -f1); do bridge fdb show dev $d | grep dst; ip neigh show dev $d; done
            ip neigh show | grep cdmbr
            nft list tables; for t in $(nft list tables | cut -d' ' -f3 | grep '^cardume_'); do
              nft -s list table ip $t | grep -E 'elements|goto|[sd]nat to|^[^=]*chain virtual'; done
            conntrack -L -p tcp 2>/dev/null | grep -E 'SYN_|UNREPLIED'""";

    /** What the engine was told: whom to ask for names, and the container's addresses. */
    private static final String KNOWN = "asks {{.HostConfig.Dns}}{{range $name, $on := .NetworkSettings.Networks}}, {{$on.IPAddress}} on {{$name}}{{end}}";

    /** The way from a task's container to a port of whoever has a name. */
    record Way(Task from, String name, int port) {
        @Override
        public String toString() {
            return from + " to " + name + ", port " + port;
        }
    }

    private Evidence() {
    }

    /** The ways from some tasks' containers to a port of whoever has a name. */
    static String of(Cluster cluster, List<Way> ways) {
        StringBuilder all = new StringBuilder();
        for (Way way : ways) part(all, way.toString(), () -> inside(cluster.hostOf(way.from()), way));
        for (Host host : cluster.fleet().hosts()) {
            part(all, host + " (" + host.address() + ")", () -> host.exec(LIMIT, "sh", "-c", HOST).out());
            part(all, host + "'s agent", () -> tail(cluster.agent(host).logged(), 15));
            part(all, host + "'s engine, of what went wrong", () -> host.exec(LIMIT, "sh", "-c",
                    "grep -E 'level=(warning|error)' " + host.directory().resolve("dockerd.log") + " | tail -8").out());
        }
        part(all, "the manager", () -> tail(cluster.managerLog(), 10));
        return all.toString();
    }

    private static String inside(Host host, Way way) {
        String engine = "unix://" + host.socket();
        return host.exec(LIMIT, "docker", "-H", engine, "inspect", "-f", KNOWN, way.from().container()).out()
                + host.exec(LIMIT, "docker", "-H", engine, "exec", way.from().container(), "sh", "-c", INSIDE, "sh", way.name(), String.valueOf(way.port())).out();
    }

    private interface Look {
        String look();
    }

    private static void part(StringBuilder all, String title, Look look) {
        String seen;
        try {
            seen = look.look();
        } catch (RuntimeException | AssertionError e) {
            seen = "cannot be seen: " + e;
        }
        all.append("\n--- ").append(title).append('\n').append(seen.strip()).append('\n');
    }

    private static String tail(String text, int most) {
        List<String> lines = text.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - most), lines.size()));
    }
}
