package io.cardume.agent.net;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The devices as the kernel has them, through the commands {@code ip} and {@code bridge} of iproute2: one VXLAN device a
 * network, which learns nothing. Where each container is, is written into its tables; questions for an address are
 * answered from them, so nothing is ever sent to all hosts. A device carries the cluster's mark; one of the same name
 * without it is somebody else's.
 */
public final class IpLinks implements HostLinks {
    private static final int PORT = 4789;
    private static final int PLAIN_MTU = 1_500;
    /** What a packet between hosts carries around one of the network's, over IPv4 and over IPv6. */
    private static final int HEADERS_V4 = 50;
    private static final int HEADERS_V6 = 70;
    private static final int TRIAL_NUMBERS = 0xf00000;
    private static final String OURS = "cdmvx";
    /** The prefix of an address that brings no way to its neighbours. */
    private static final int ALONE = 32;

    private final Commands commands;
    private final Guard guard;
    private final Optional<String> obstacle;

    /** Looks whether it can, by making a device and removing it. */
    public IpLinks() {
        this(Commands.here());
    }

    /** The same in another network namespace, which the commands lead to. */
    IpLinks(Commands commands) {
        this.commands = commands;
        this.obstacle = tried();
        this.guard = new Guard(commands, PORT);
    }

    private Optional<String> tried() {
        try {
            // Two agents that try at the same time must not be in each other's way.
            long own = ProcessHandle.current().pid() & 0xfffff;
            var device = "cdmtry" + own;
            commands.run("", "ip", "link", "del", device);
            commands.must("", "bridge", "-V");
            commands.must("", "ip", "link", "add", device, "type", "vxlan", "id", Long.toString(TRIAL_NUMBERS + own),
                    "dstport", Integer.toString(PORT), "nolearning");
            commands.must("", "ip", "link", "del", device);
            return Optional.empty();
        } catch (LinkException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public Optional<String> obstacle() {
        return obstacle;
    }

    @Override
    public int mtu(String host) throws LinkException {
        return mtu(HostNow.of(commands), host);
    }

    private static int mtu(HostNow now, String host) {
        int headers = host.contains(":") ? HEADERS_V6 : HEADERS_V4;
        return now.withAddress(host).map(link -> link.path("mtu").asInt(PLAIN_MTU)).orElse(PLAIN_MTU) - headers;
    }

    @Override
    public synchronized void make(Overlay overlay, ClusterId cluster) throws LinkException {
        if (obstacle.isPresent()) throw new LinkException(obstacle.get());
        guard.cover(overlay, cluster);
        make(HostNow.of(commands), overlay, cluster);
    }

    @Override
    public synchronized SortedMap<String, String> settle(Collection<Overlay> overlays, Set<String> kept, ClusterId cluster) throws LinkException {
        var trouble = new TreeMap<String, String>();
        if (obstacle.isPresent()) return trouble;
        var devices = new TreeSet<>(kept);
        overlays.forEach(overlay -> devices.add(overlay.device()));
        attempt(trouble, "nftables", () -> guard.coverJust(overlays, kept, cluster));
        var now = overlays.isEmpty() ? HostNow.ofDevices(commands) : HostNow.of(commands);
        for (JsonNode link : now.links().values()) {
            var name = link.path("ifname").asText();
            if (name.startsWith(OURS) && isOurs(link, cluster) && !devices.contains(name))
                attempt(trouble, name, () -> commands.must("", "ip", "link", "del", name));
        }
        for (Overlay overlay : overlays) attempt(trouble, overlay.device(), () -> make(now, overlay, cluster));
        return trouble;
    }

    private interface Attempt {
        void make() throws LinkException;
    }

    private static void attempt(SortedMap<String, String> trouble, String what, Attempt attempt) {
        try {
            attempt.make();
        } catch (LinkException e) {
            trouble.put(what, e.getMessage());
        }
    }

    private void make(HostNow now, Overlay overlay, ClusterId cluster) throws LinkException {
        if (now.link(overlay.bridge()).isEmpty())
            throw new LinkException("the engine's bridge " + overlay.bridge()
                    + " is not on this host: the agent must be in the same network as the engine");
        boolean local = now.withAddress(overlay.host()).isPresent();
        var device = now.link(overlay.device());
        if (device.isPresent() && !isOurs(device.get(), cluster))
            throw new LinkException("the host has a device " + overlay.device() + " that is not the cluster's: it does not carry the alias \""
                    + alias(cluster) + "\"; remove it with `ip link del " + overlay.device() + "` if nothing needs it");
        boolean fits = device.isPresent() && isFor(device.get(), overlay, local);
        var batch = new StringBuilder();
        if (device.isPresent() && !fits) batch.append("link del ").append(overlay.device()).append('\n');
        if (!fits)
            // One process makes and marks it: should the agent be killed now, no device without a mark is left.
            batch.append("link add ").append(overlay.device()).append(" type vxlan id ").append(overlay.vni())
                    .append(" dstport ").append(PORT).append(local ? " local " + overlay.host() : "").append(" nolearning proxy\n")
                    .append("link set ").append(overlay.device()).append(" alias \"").append(alias(cluster)).append("\"\n");
        if (!fits || !isJoined(device.get(), overlay))
            batch.append("link set ").append(overlay.device()).append(" mtu ").append(overlay.mtu())
                    .append(" master ").append(overlay.bridge()).append(" up\n");
        addresses(batch, now, overlay);
        if (!batch.isEmpty()) commands.must(batch.toString(), "ip", "-batch", "-");
        ways(overlay, fits ? now.ways(overlay.device()) : List.of());
        neighbours(overlay, fits ? now.neighbours(overlay.device()) : List.of());
    }

    /**
     * On the bridge is this host's own address, alone: the engine's gateway, which comes with the subnet, stays. What the host
     * itself says to the network comes from its own address, or answers would not find back. The services' addresses are
     * the host's by route only: it answers for them, and they are nobody's source.
     */
    private static void addresses(StringBuilder batch, HostNow now, Overlay overlay) {
        var bridge = now.link(overlay.bridge()).orElseThrow();
        boolean there = false;
        for (JsonNode address : bridge.path("addr_info")) {
            var known = Ipv4.of(address.path("local").asText());
            if (known.isEmpty() || address.path("prefixlen").asInt() != ALONE || !overlay.subnet().contains(known.get())) continue;
            if (overlay.own().equals(known)) there = true;
            else batch.append("addr del ").append(known.get()).append('/').append(ALONE).append(" dev ").append(overlay.bridge()).append('\n');
        }
        var virtual = new TreeSet<>(overlay.virtual());
        var source = overlay.own().map(Ipv4::toString).orElse("");
        for (JsonNode route : now.virtual(overlay.bridge())) {
            var known = Ipv4.of(route.path("dst").asText());
            if (known.isPresent() && virtual.contains(known.get()) && route.path("prefsrc").asText("").equals(source)) virtual.remove(known.get());
            else if (known.isEmpty() || !virtual.contains(known.get()))
                batch.append("route del local ").append(route.path("dst").asText()).append(" dev ").append(overlay.bridge())
                        .append(" table local proto ").append(HostNow.PROTOCOL).append('\n');
        }
        if (overlay.own().isPresent()) {
            var own = overlay.own().get();
            if (!there) batch.append("addr add ").append(own).append('/').append(ALONE).append(" dev ").append(overlay.bridge()).append('\n');
            if (!bridge.path("address").asText().equals(own.mac()))
                batch.append("link set ").append(overlay.bridge()).append(" address ").append(own.mac()).append('\n');
            boolean speaksAsItself = now.routes(overlay.bridge()).stream().anyMatch(route ->
                    route.path("dst").asText().equals(overlay.subnet().toString()) && route.path("prefsrc").asText().equals(source));
            if (!speaksAsItself)
                batch.append("route replace ").append(overlay.subnet()).append(" dev ").append(overlay.bridge())
                        .append(" proto kernel scope link src ").append(own).append('\n');
        }
        for (Ipv4 address : virtual)
            batch.append("route replace local ").append(address).append(" dev ").append(overlay.bridge())
                    .append(source.isEmpty() ? "" : " src " + source).append(" table local proto ").append(HostNow.PROTOCOL).append('\n');
    }

    private static boolean isOurs(JsonNode device, ClusterId cluster) {
        return device.path("linkinfo").path("info_kind").asText().equals("vxlan") && device.path("ifalias").asText().equals(alias(cluster));
    }

    private static boolean isFor(JsonNode device, Overlay overlay, boolean local) {
        var data = device.path("linkinfo").path("info_data");
        var from = data.path(overlay.host().contains(":") ? "local6" : "local").asText("");
        return data.path("id").asInt() == overlay.vni() && data.path("port").asInt() == PORT
                && from.equals(local ? overlay.host() : "") && !data.path("learning").asBoolean(false) && data.path("proxy").asBoolean(false);
    }

    private static boolean isJoined(JsonNode device, Overlay overlay) {
        boolean up = false;
        for (JsonNode flag : device.path("flags")) up |= flag.asText().equals("UP");
        return up && device.path("mtu").asInt() == overlay.mtu() && device.path("master").asText().equals(overlay.bridge());
    }

    private static String alias(ClusterId cluster) {
        return "cardume " + cluster;
    }

    /** To which host the frames for each container go. */
    private void ways(Overlay overlay, List<JsonNode> known) throws LinkException {
        var wanted = new TreeMap<String, String>();
        overlay.remotes().forEach((address, host) -> wanted.put(address.mac(), host));
        var batch = new StringBuilder();
        var there = new TreeSet<String>();
        for (JsonNode entry : known) {
            var mac = entry.path("mac").asText();
            var host = entry.path("dst").asText();
            if (host.equals(wanted.get(mac))) there.add(mac);
            else batch.append("fdb del ").append(mac).append(" dev ").append(overlay.device()).append(" dst ").append(host).append(" self\n");
        }
        wanted.forEach((mac, host) -> {
            if (!there.contains(mac))
                batch.append("fdb append ").append(mac).append(" dev ").append(overlay.device()).append(" dst ").append(host).append('\n');
        });
        if (!batch.isEmpty()) commands.must(batch.toString(), "bridge", "-force", "-batch", "-");
    }

    /** Which MAC address each container's address has. */
    private void neighbours(Overlay overlay, List<JsonNode> known) throws LinkException {
        SortedMap<String, String> wanted = new TreeMap<>();
        for (Ipv4 address : overlay.remotes().keySet()) wanted.put(address.toString(), address.mac());
        var batch = new StringBuilder();
        var there = new TreeSet<String>();
        for (JsonNode entry : known) {
            var address = entry.path("dst").asText();
            if (entry.path("lladdr").asText().equals(wanted.get(address))) there.add(address);
            else if (!wanted.containsKey(address))
                batch.append("neigh del ").append(address).append(" dev ").append(overlay.device()).append('\n');
        }
        wanted.forEach((address, mac) -> {
            if (!there.contains(address))
                batch.append("neigh replace ").append(address).append(" lladdr ").append(mac).append(" dev ").append(overlay.device())
                        .append(" nud permanent\n");
        });
        if (!batch.isEmpty()) commands.must(batch.toString(), "ip", "-force", "-batch", "-");
    }
}
