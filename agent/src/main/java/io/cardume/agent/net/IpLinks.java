package io.cardume.agent.net;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The devices as the kernel has them, through the commands {@code ip} and {@code bridge} of iproute2: one VXLAN device a
 * network, which learns nothing. Where each container is, is written into its tables; questions for an address are
 * answered from them, so nothing is ever sent to all hosts.
 */
public final class IpLinks implements HostLinks {
    private static final int PORT = 4789;
    private static final int PLAIN_MTU = 1_500;
    /** What a packet between hosts carries around one of the network's, over IPv4 and over IPv6. */
    private static final int HEADERS_V4 = 50;
    private static final int HEADERS_V6 = 70;
    private static final long LIMIT_SECONDS = 10;
    private static final int TRIAL_NUMBERS = 0xf00000;
    private static final String OURS = "cdmvx";

    private record Output(int exit, String out, String err) {}

    private final Optional<String> obstacle;

    /** Looks whether it can, by making a device and removing it. */
    public IpLinks() {
        this.obstacle = tried();
    }

    private static Optional<String> tried() {
        try {
            // Two agents that try at the same time must not be in each other's way.
            long own = ProcessHandle.current().pid() & 0xfffff;
            var device = "cdmtry" + own;
            run("", "ip", "link", "del", device);
            must("", "bridge", "-V");
            must("", "ip", "link", "add", device, "type", "vxlan", "id", Long.toString(TRIAL_NUMBERS + own), "dstport", Integer.toString(PORT), "nolearning");
            must("", "ip", "link", "del", device);
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
        int headers = host.contains(":") ? HEADERS_V6 : HEADERS_V4;
        return own(host).map(link -> link.path("mtu").asInt(PLAIN_MTU)).orElse(PLAIN_MTU) - headers;
    }

    /** The link that has an address; empty if the host has it not, as behind address translation. */
    private static Optional<JsonNode> own(String host) throws LinkException {
        for (JsonNode link : json("ip", "-j", "addr", "show"))
            for (JsonNode address : link.path("addr_info"))
                if (address.path("local").asText().equals(host)) return Optional.of(link);
        return Optional.empty();
    }

    @Override
    public void make(Overlay overlay, ClusterId cluster) throws LinkException {
        if (obstacle.isPresent()) throw new LinkException(obstacle.get());
        if (run("", "ip", "link", "show", overlay.bridge()).exit() != 0)
            throw new LinkException("the engine's bridge " + overlay.bridge()
                    + " is not on this host: the agent must be in the same network as the engine");
        boolean local = own(overlay.host()).isPresent();
        var device = shown(overlay.device());
        if (device.isPresent() && !isFor(device.get(), overlay, local)) {
            must("", "ip", "link", "del", overlay.device());
            device = Optional.empty();
        }
        if (device.isEmpty()) add(overlay, local);
        if (device.isEmpty() || !isJoined(device.get(), overlay, cluster))
            must("", "ip", "link", "set", overlay.device(), "mtu", Integer.toString(overlay.mtu()), "master", overlay.bridge(),
                    "alias", alias(cluster), "up");
        ways(overlay);
        neighbours(overlay);
    }

    private static void add(Overlay overlay, boolean local) throws LinkException {
        var command = new ArrayList<>(List.of("ip", "link", "add", overlay.device(), "type", "vxlan", "id", Integer.toString(overlay.vni()),
                "dstport", Integer.toString(PORT)));
        if (local) command.addAll(List.of("local", overlay.host()));
        command.addAll(List.of("nolearning", "proxy"));
        must("", command.toArray(String[]::new));
    }

    private static Optional<JsonNode> shown(String device) throws LinkException {
        for (JsonNode link : json("ip", "-j", "-d", "link", "show", "type", "vxlan"))
            if (link.path("ifname").asText().equals(device)) return Optional.of(link);
        return Optional.empty();
    }

    private static boolean isFor(JsonNode device, Overlay overlay, boolean local) {
        var data = device.path("linkinfo").path("info_data");
        var from = data.path(overlay.host().contains(":") ? "local6" : "local").asText("");
        return data.path("id").asInt() == overlay.vni() && data.path("port").asInt() == PORT
                && from.equals(local ? overlay.host() : "") && !data.path("learning").asBoolean(false) && data.path("proxy").asBoolean(false);
    }

    private static boolean isJoined(JsonNode device, Overlay overlay, ClusterId cluster) {
        boolean up = false;
        for (JsonNode flag : device.path("flags")) up |= flag.asText().equals("UP");
        return up && device.path("mtu").asInt() == overlay.mtu() && device.path("master").asText().equals(overlay.bridge())
                && device.path("ifalias").asText().equals(alias(cluster));
    }

    private static String alias(ClusterId cluster) {
        return "cardume " + cluster;
    }

    /** To which host the frames for each container go. */
    private static void ways(Overlay overlay) throws LinkException {
        var wanted = new TreeMap<String, String>();
        overlay.remotes().forEach((address, host) -> wanted.put(address.mac(), host));
        var batch = new StringBuilder();
        var there = new TreeMap<String, String>();
        for (JsonNode entry : json("bridge", "-j", "fdb", "show", "dev", overlay.device())) {
            if (!entry.has("dst")) continue;
            var mac = entry.path("mac").asText();
            var host = entry.path("dst").asText();
            if (host.equals(wanted.get(mac))) there.put(mac, host);
            else batch.append("fdb del ").append(mac).append(" dev ").append(overlay.device()).append(" dst ").append(host).append(" self\n");
        }
        wanted.forEach((mac, host) -> {
            if (!there.containsKey(mac))
                batch.append("fdb append ").append(mac).append(" dev ").append(overlay.device()).append(" dst ").append(host).append('\n');
        });
        if (!batch.isEmpty()) must(batch.toString(), "bridge", "-force", "-batch", "-");
    }

    /** Which MAC address each container's address has. */
    private static void neighbours(Overlay overlay) throws LinkException {
        SortedMap<String, String> wanted = new TreeMap<>();
        for (Ipv4 address : overlay.remotes().keySet()) wanted.put(address.toString(), address.mac());
        var batch = new StringBuilder();
        var there = new TreeMap<String, String>();
        for (JsonNode entry : json("ip", "-j", "neigh", "show", "dev", overlay.device(), "nud", "permanent")) {
            var address = entry.path("dst").asText();
            var mac = entry.path("lladdr").asText();
            if (mac.equals(wanted.get(address))) there.put(address, mac);
            else if (!wanted.containsKey(address))
                batch.append("neigh del ").append(address).append(" dev ").append(overlay.device()).append('\n');
        }
        wanted.forEach((address, mac) -> {
            if (!there.containsKey(address))
                batch.append("neigh replace ").append(address).append(" lladdr ").append(mac).append(" dev ").append(overlay.device())
                        .append(" nud permanent\n");
        });
        if (!batch.isEmpty()) must(batch.toString(), "ip", "-force", "-batch", "-");
    }

    @Override
    public void keepOnly(Set<String> devices, ClusterId cluster) throws LinkException {
        if (obstacle.isPresent()) return;
        for (JsonNode link : json("ip", "-j", "-d", "link", "show", "type", "vxlan")) {
            var name = link.path("ifname").asText();
            if (name.startsWith(OURS) && link.path("ifalias").asText().equals(alias(cluster)) && !devices.contains(name))
                must("", "ip", "link", "del", name);
        }
    }

    private static JsonNode json(String... command) throws LinkException {
        var text = must("", command);
        try {
            return Json.lenient().readTree(text.isBlank() ? "[]" : text);
        } catch (IOException e) {
            throw new LinkException(String.join(" ", command) + " says what cannot be understood: " + e.getMessage());
        }
    }

    private static String must(String input, String... command) throws LinkException {
        var output = run(input, command);
        if (output.exit() != 0)
            throw new LinkException("`" + String.join(" ", command) + "` failed: "
                    + (output.err().isBlank() ? "exit code " + output.exit() : output.err().strip().replace('\n', ';')));
        return output.out();
    }

    private static Output run(String input, String... command) throws LinkException {
        try {
            var process = new ProcessBuilder(command).start();
            var out = read(process.getInputStream());
            var err = read(process.getErrorStream());
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It has ended already; its exit code and words say more.
            }
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new LinkException("`" + String.join(" ", command) + "` did not end within " + LIMIT_SECONDS + " s");
            }
            return new Output(process.exitValue(), out.get(), err.get());
        } catch (IOException e) {
            throw new LinkException("`" + command[0] + "` cannot be run, is iproute2 installed? " + e.getMessage());
        } catch (ExecutionException e) {
            throw new LinkException("`" + String.join(" ", command) + "` cannot be read: " + e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkException("interrupted: " + String.join(" ", command));
        }
    }

    private static CompletableFuture<String> read(java.io.InputStream stream) {
        var text = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(e);
            }
        });
        return text;
    }
}
