package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a user asks a network to be.
 *
 * @param name unique in the cluster: letters, digits, {@code _ . -}, at most 63
 * @param labels its labels
 * @param internal whether its containers reach only each other
 * @param attachable whether containers that are no tasks may be put on it
 * @param mtu bytes of the largest packet; empty = what the hosts' links leave
 * @param subnet its addresses; empty = the next free one of the pool
 * @param gateway the address of the hosts on it; empty = the first one
 */
public record NetworkSpec(
        String name,
        SortedMap<String, String> labels,
        boolean internal,
        boolean attachable,
        Optional<Integer> mtu,
        Optional<Subnet> subnet,
        Optional<Ipv4> gateway) {
    /** The option by which the MTU is asked for. */
    public static final String MTU = "com.docker.network.driver.mtu";

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");
    /** This host, its link, many at once, and what is kept for later. */
    private static final List<Subnet> NOT_FOR_HOSTS = Stream.of("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3").map(Subnet::parse).toList();
    private static final int LEAST_MTU = 576;
    private static final int MOST_MTU = 65_000;

    public NetworkSpec {
        name = Copies.text(name);
        labels = Copies.labels(labels);
        mtu = Copies.optional(mtu);
        subnet = Copies.optional(subnet);
        gateway = Copies.optional(gateway);
    }

    /** A network that asks for nothing. */
    public static NetworkSpec of(String name) {
        return new NetworkSpec(name, null, false, false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The body of {@code POST /networks/create}. */
    private record Body(
            @JsonProperty("Name") String name,
            @JsonProperty("Driver") String driver,
            @JsonProperty("Scope") String scope,
            @JsonProperty("Internal") boolean internal,
            @JsonProperty("Attachable") boolean attachable,
            @JsonProperty("Ingress") boolean ingress,
            @JsonProperty("ConfigOnly") boolean configOnly,
            @JsonProperty("ConfigFrom") ConfigFrom configFrom,
            @JsonProperty("EnableIPv4") Optional<Boolean> enableIpv4,
            @JsonProperty("EnableIPv6") Optional<Boolean> enableIpv6,
            @JsonProperty("IPAM") Ipam ipam,
            @JsonProperty("Options") SortedMap<String, String> options,
            @JsonProperty("Labels") SortedMap<String, String> labels) {
        Body {
            name = Copies.text(name);
            driver = Copies.text(driver);
            scope = Copies.text(scope);
            configFrom = configFrom == null ? new ConfigFrom("") : configFrom;
            enableIpv4 = Copies.optional(enableIpv4);
            enableIpv6 = Copies.optional(enableIpv6);
            ipam = ipam == null ? new Ipam("", null, null) : ipam;
            options = Copies.labels(options);
            labels = Copies.labels(labels);
        }
    }

    private record ConfigFrom(@JsonProperty("Network") String network) {
        ConfigFrom {
            network = Copies.text(network);
        }
    }

    private record Ipam(
            @JsonProperty("Driver") String driver,
            @JsonProperty("Options") SortedMap<String, String> options,
            @JsonProperty("Config") List<IpamConfig> config) {
        Ipam {
            driver = Copies.text(driver);
            options = Copies.labels(options);
            config = Copies.list(config);
        }
    }

    private record IpamConfig(
            @JsonProperty("Subnet") String subnet,
            @JsonProperty("IPRange") String ipRange,
            @JsonProperty("Gateway") String gateway,
            @JsonProperty("AuxiliaryAddresses") SortedMap<String, String> auxiliaryAddresses) {
        IpamConfig {
            subnet = Copies.text(subnet);
            ipRange = Copies.text(ipRange);
            gateway = Copies.text(gateway);
            auxiliaryAddresses = Copies.labels(auxiliaryAddresses);
        }
    }

    /** Reads the body of a request for a network; everything wrong with it, or not built, is said. */
    public static Reading<NetworkSpec> read(JsonNode tree) {
        return switch (WireReader.read(tree, Body.class, false, _ -> true)) {
            case Reading.Invalid<Body>(var problems) -> new Reading.Invalid<>(problems);
            case Reading.Valid<Body>(var body) -> new Check().of(body);
        };
    }

    private static final class Check {
        private final List<SpecProblem> problems = new ArrayList<>();

        Reading<NetworkSpec> of(Body body) {
            if (!NAME.matcher(body.name).matches())
                wrong("Name", body.name, "1 to 63 letters, digits, _, . and -, the first a letter or digit");
            if (!body.driver.equals("overlay"))
                notBuilt("Driver", body.driver.isEmpty() ? "bridge" : body.driver, "networks of a cluster have --driver overlay; "
                        + "a network of one host is made by that host's engine");
            if (!body.scope.isEmpty() && !body.scope.equals("swarm")) notBuilt("Scope", body.scope, "it is swarm");
            if (body.ingress) problems.add(SpecProblem.notBuilt("Ingress", "there is one ingress network already, and it stays"));
            if (body.configOnly) problems.add(SpecProblem.notBuilt("ConfigOnly", "leave it out"));
            if (!body.configFrom.network.isEmpty()) problems.add(SpecProblem.notBuilt("ConfigFrom", "leave it out"));
            if (!body.enableIpv4.orElse(true)) problems.add(SpecProblem.notBuilt("EnableIPv4 false", "leave it out"));
            if (body.enableIpv6.orElse(false)) problems.add(SpecProblem.notBuilt("EnableIPv6", "leave it out"));
            var mtu = options(body);
            if (!body.ipam.driver.isEmpty() && !body.ipam.driver.equals("default"))
                notBuilt("IPAM.Driver", body.ipam.driver, "leave it out");
            if (!body.ipam.options.isEmpty()) problems.add(SpecProblem.notBuilt("IPAM.Options", "leave it out"));
            if (body.ipam.config.size() > 1) problems.add(SpecProblem.notBuilt("IPAM.Config[1]", "give one subnet"));
            var config = body.ipam.config.isEmpty() ? new IpamConfig("", "", "", null) : body.ipam.config.getFirst();
            var subnet = subnet(config);
            var gateway = gateway(config, subnet);
            return problems.isEmpty()
                    ? new Reading.Valid<>(new NetworkSpec(body.name, body.labels, body.internal, body.attachable, mtu, subnet, gateway))
                    : new Reading.Invalid<>(problems);
        }

        private Optional<Integer> options(Body body) {
            Optional<Integer> mtu = Optional.empty();
            for (var option : body.options.entrySet()) {
                var path = "Options[\"" + WireReader.shown(option.getKey()) + "\"]";
                var value = option.getValue();
                if (option.getKey().equals(MTU)) {
                    boolean number = value.matches("[0-9]{1,6}");
                    int said = number ? Integer.parseInt(value) : 0;
                    if (said < LEAST_MTU || said > MOST_MTU) wrong(path, value, LEAST_MTU + " to " + MOST_MTU);
                    else mtu = Optional.of(said);
                } else if (option.getKey().equals("encrypted")) {
                    if (!value.equals("false"))
                        problems.add(SpecProblem.notBuilt(path, "what hosts say to each other on the network is not encrypted; "
                                + "join the hosts by WireGuard or IPsec of their own and let the agents advertise its addresses"));
                } else {
                    problems.add(SpecProblem.notBuilt(path, "options are " + MTU));
                }
            }
            return mtu;
        }

        private Optional<Subnet> subnet(IpamConfig config) {
            if (!config.ipRange.isEmpty()) notBuilt("IPAM.Config[0].IPRange", config.ipRange, "all of the subnet is handed out");
            if (!config.auxiliaryAddresses.isEmpty())
                problems.add(SpecProblem.notBuilt("IPAM.Config[0].AuxiliaryAddresses", "leave it out"));
            if (config.subnet.isEmpty()) return Optional.empty();
            if (config.subnet.contains(":")) {
                notBuilt("IPAM.Config[0].Subnet", config.subnet, "use a subnet of IPv4");
                return Optional.empty();
            }
            try {
                var subnet = Subnet.parse(config.subnet);
                if (subnet.prefix() < 8 || subnet.prefix() > AddressPool.SMALLEST)
                    wrong("IPAM.Config[0].Subnet", config.subnet, "a subnet of /8 to /" + AddressPool.SMALLEST);
                else if (NOT_FOR_HOSTS.stream().anyMatch(subnet::overlaps))
                    wrong("IPAM.Config[0].Subnet", config.subnet, "a subnet that hosts may have addresses of, such as 10.1.0.0/16: nothing of "
                            + NOT_FOR_HOSTS.stream().map(Subnet::toString).collect(Collectors.joining(", ")));
                return Optional.of(subnet);
            } catch (IllegalArgumentException e) {
                problems.add(SpecProblem.wrong("IPAM.Config[0].Subnet", WireReader.shown(e.getMessage())));
                return Optional.empty();
            }
        }

        private Optional<Ipv4> gateway(IpamConfig config, Optional<Subnet> subnet) {
            if (config.gateway.isEmpty()) return Optional.empty();
            var gateway = Ipv4.of(config.gateway);
            if (config.subnet.isEmpty()) wrong("IPAM.Config[0].Gateway", config.gateway, "given together with a subnet");
            else if (gateway.isEmpty() || subnet.isPresent() && !isHost(gateway.get(), subnet.get()))
                wrong("IPAM.Config[0].Gateway", config.gateway, "an address in the subnet, neither its first nor its last");
            return gateway;
        }

        private static boolean isHost(Ipv4 address, Subnet subnet) {
            return subnet.contains(address) && !address.equals(subnet.first()) && !address.equals(subnet.last());
        }

        private void wrong(String path, String value, String allowed) {
            problems.add(SpecProblem.wrong(path, "\"" + WireReader.shown(value) + "\" is not allowed; it is " + allowed));
        }

        private void notBuilt(String path, String value, String instead) {
            problems.add(new SpecProblem(true, path, "\"" + WireReader.shown(value) + "\" is not built yet; " + instead));
        }
    }
}
