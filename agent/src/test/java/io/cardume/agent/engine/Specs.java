package io.cardume.agent.engine;

import io.cardume.api.BindOptions;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DnsConfig;
import io.cardume.api.Driver;
import io.cardume.api.HealthConfig;
import io.cardume.api.Limits;
import io.cardume.api.Mount;
import io.cardume.api.PortConfig;
import io.cardume.api.Privileges;
import io.cardume.api.Resources;
import io.cardume.api.TaskSpec;
import io.cardume.api.TmpfsOptions;
import io.cardume.api.Ulimit;
import io.cardume.api.VolumeOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Task specs for tests of the engine's room. */
final class Specs {
    private Specs() {}

    /** A task that says all that a task can say. */
    static TaskSpec everything(String image) {
        var container = new ContainerSpec(
                image,
                new TreeMap<>(Map.of("team", "a", "cardume.task", "forged")),
                List.of("/bin/sh", "-c"),
                List.of("exec /bin/task"),
                Optional.of("named"),
                List.of("A=1", "B=two words"),
                Optional.of("/tmp"),
                Optional.of("0:0"),
                List.of("27", "28"),
                Optional.of(true),
                Optional.of(true),
                Optional.of(true),
                Optional.of("SIGINT"),
                Optional.of(Duration.ofMillis(1500)),
                Optional.of(new HealthConfig(
                        List.of("CMD", "/bin/test", "-f", "/healthy"),
                        Optional.of(Duration.ofSeconds(5)),
                        Optional.of(Duration.ofSeconds(2)),
                        Optional.of(4),
                        Optional.of(Duration.ofSeconds(60)),
                        Optional.empty())),
                Optional.of(true),
                List.of("10.1.2.3 one two", "::1 six"),
                List.of(
                        mount("bind", "/proc/version", "/b", true,
                                Optional.of(new BindOptions(Optional.of("rprivate"), Optional.of(true), Optional.empty(), Optional.of(true), Optional.empty())),
                                Optional.empty(), Optional.empty()),
                        mount("volume", "data", "/v", false, Optional.empty(),
                                Optional.of(new VolumeOptions(
                                        Optional.of(true), new TreeMap<>(Map.of("kept", "yes")),
                                        Optional.of(new Driver("local", new TreeMap<>())), Optional.empty())),
                                Optional.empty()),
                        new Mount("tmpfs", Optional.empty(), "/t", Optional.empty(), Optional.empty(), Optional.empty(),
                                Optional.empty(),
                                Optional.of(new TmpfsOptions(Optional.of(1L << 20), Optional.of(0700)))),
                        new Mount("", Optional.empty(), "/anonymous", Optional.empty(), Optional.empty(), Optional.empty(),
                                Optional.empty(), Optional.empty())),
                Optional.of(new DnsConfig(List.of("10.9.8.7"), List.of("example.test"), List.of("ndots:2"))),
                new TreeMap<>(Map.of("net.ipv4.ip_unprivileged_port_start", "80")),
                List.of("CAP_NET_ADMIN"),
                List.of("CAP_CHOWN", "MKNOD"),
                List.of(new Ulimit("nofile", 100, 200)),
                Optional.of("default"), Optional.of(privileges()), null, null, Optional.of(300));
        return new TaskSpec(
                container,
                Optional.of(new Resources(
                        Optional.of(new Limits(500_000_000, 64L << 20, 50)), Optional.empty(), Optional.of(16L << 20), Optional.of(10L))),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Driver("json-file", new TreeMap<>(Map.of("max-size", "1m")))),
                0,
                Optional.empty(), null);
    }

    /** All that security modules can be told; the seccomp profile forbids nothing but to make directories. */
    static Privileges privileges() {
        var profile = """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}""";
        return new Privileges(
                Optional.of(new Privileges.SeLinuxContext(
                        Optional.empty(), Optional.of("u"), Optional.of("r"), Optional.of("t"), Optional.of("s0"))),
                Optional.of(new Privileges.Seccomp(
                        Optional.of("custom"), Optional.of(Base64.getEncoder().encodeToString(profile.getBytes(StandardCharsets.UTF_8))))),
                Optional.of(new Privileges.AppArmor(Optional.of("disabled"))),
                Optional.of(true));
    }

    static List<PortConfig> ports() {
        return List.of(
                new PortConfig(Optional.empty(), "", 80, 8080, "host"),
                new PortConfig(Optional.empty(), "tcp", 80, 8081, "host"),
                new PortConfig(Optional.empty(), "udp", 53, 0, "host"));
    }

    /** A container of an image with other arguments. */
    static ContainerSpec running(String image, String... args) {
        return new ContainerSpec(image, null, null, List.of(args), null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** A container of an image with mounts. */
    static ContainerSpec mounting(String image, Mount... mounts) {
        return new ContainerSpec(image, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, List.of(mounts), null, null, null, null, null, null, null, null, null, null);
    }

    /** A container of an image with its stop grace. */
    static ContainerSpec grace(String image, Duration grace, String... args) {
        return new ContainerSpec(image, null, null, List.of(args), null, null, null, null, null, null, null, null, null,
                Optional.of(grace), null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** A container of an image with a terminal. */
    static ContainerSpec terminal(String image, String... args) {
        return new ContainerSpec(image, null, null, List.of(args), null, null, null, null, null, Optional.of(true), null,
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    static Mount bind(String source, String target) {
        return mount("bind", source, target, false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Mount mount(
            String type, String source, String target, boolean readOnly, Optional<BindOptions> bind,
            Optional<VolumeOptions> volume, Optional<TmpfsOptions> tmpfs) {
        return new Mount(type, Optional.of(source), target, Optional.of(readOnly), Optional.empty(), bind, volume, tmpfs);
    }
}
