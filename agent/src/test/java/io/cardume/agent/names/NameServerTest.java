package io.cardume.agent.names;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Ipv4;
import io.cardume.api.Json;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.NetworkOnNode.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

class NameServerTest {
    private static final Ipv4 HERE = Ipv4.parse("127.0.0.1");
    private static final Subnet ALL = Subnet.parse("127.0.0.0/8");
    private static final NodeId NODE = new NodeId("n1");

    private final List<InetSocketAddress> upstreams = new ArrayList<>();
    private final NameServer server = new NameServer(0, () -> upstreams);
    private final NameServer upstream = new NameServer(0, List::of);

    @AfterEach
    void close() {
        server.close();
        upstream.close();
    }

    @Test
    void namesLeadToTheTasksThatServeOnTheAskersNetworks() throws IOException {
        server.table(NameTable.of(List.of(
                network("front", "127.0.0.0/8", me("127.0.0.1", false), other("web", "10.0.1.3", true), other("web", "10.0.1.4", false), other("web", "10.0.1.5", true)),
                network("back", "10.0.2.0/24", other("db", "10.0.2.3", true))), NODE));
        server.serve(HERE, ALL);

        assertThat(addresses("web.")).containsExactlyInAnyOrder("10.0.1.3", "10.0.1.5");
        assertThat(addresses("WEB.front.")).hasSize(2);
        assertThat(addresses("tasks.web.")).hasSize(2);
        assertThat(addresses("w-alias.")).hasSize(2);
        assertThat(addresses("web.1.10.0.1.3.")).containsExactly("10.0.1.3");
        assertThat(addresses("me.")).as("nobody serves").isEmpty();
        assertThat(asked("me.", Type.A, false).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(asked("web.", Type.AAAA, false).getSection(Section.ANSWER)).isEmpty();
        assertThat(asked("db.", Type.A, false).getRcode()).as("of a network it is not on").isEqualTo(Rcode.SERVFAIL);
        assertThat(asked("web.", Type.A, false).getSection(Section.ANSWER)).allMatch(record -> record.getTTL() <= 5);
        var first = new TreeSet<String>();
        for (int i = 0; i < 4; i++) first.add(addresses("web.").getFirst());
        assertThat(first).as("each in turn").hasSize(2);
    }

    @Test
    void whatIsNoNameHereIsPassedOn() throws IOException {
        upstream.table(NameTable.of(List.of(network("world", "127.0.0.0/8", other("example", "192.0.2.7", true))), NODE));
        upstream.serve(HERE, ALL);
        server.table(NameTable.of(List.of(network("front", "127.0.0.0/8", me("127.0.0.1", false))), NODE));
        server.serve(HERE, ALL);
        assertThat(asked("example.", Type.A, false).getRcode()).as("nobody to ask").isEqualTo(Rcode.SERVFAIL);
        upstreams.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), upstream.port(HERE)));
        assertThat(addresses("example.")).containsExactly("192.0.2.7");
        assertThat(asked("example.", Type.A, true).getSection(Section.ANSWER)).hasSize(1);
        server.table(NameTable.of(List.of(network("front", "127.0.0.0/8", me("127.0.0.1", true))), NODE));
        assertThat(asked("example.", Type.A, false).getRcode()).as("the engine asks the container's own next").isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void anAnswerTooLongForADatagramIsGivenOverAConnection() throws IOException {
        var many = new ArrayList<Endpoint>(List.of(me("127.0.0.1", false)));
        IntStream.rangeClosed(1, 200).forEach(i -> many.add(other("web", "10.0.1." + i, true)));
        server.table(NameTable.of(List.of(network("front", "127.0.0.0/8", many.toArray(Endpoint[]::new))), NODE));
        server.serve(HERE, ALL);
        assertThat(addresses("web.")).as("the resolver asks again over TCP").hasSize(200);
        assertThat(asked("web.", Type.A, true).getSection(Section.ANSWER)).hasSize(200);
    }

    @Test
    void aServiceWithAnAddressIsLedToByItsNamesAndItsTasksByTheirs() throws IOException {
        var virtual = new NetworkOnNode.VirtualAddress(new ServiceId("s"), "web", List.of("w-alias"), Ipv4.parse("10.0.1.99"));
        server.table(NameTable.of(List.of(new NetworkOnNode(new NetworkId("front"), "front", ALL, Ipv4.parse("127.0.0.2"), 7, Optional.empty(), false,
                List.of(me("127.0.0.1", false), other("web", "10.0.1.3", true), other("web", "10.0.1.4", false), other("old", "10.0.1.5", true)),
                List.of(), List.of(virtual))), NODE));
        server.serve(HERE, ALL);
        for (String name : List.of("web.", "w-alias.", "web.front.")) assertThat(addresses(name)).as(name).containsExactly("10.0.1.99");
        assertThat(addresses("tasks.web.")).containsExactly("10.0.1.3");
        assertThat(addresses("tasks.w-alias.front.")).containsExactly("10.0.1.3");
        assertThat(addresses("old.")).as("a service without an address").containsExactly("10.0.1.5");
    }

    @Test
    void aServiceThatGoesHasAnAddressAndNoName() throws IOException {
        // What is empty is left out on the wire.
        var virtual = Json.lenient().readValue("{\"service\": \"s\", \"address\": \"10.0.1.99\"}", NetworkOnNode.VirtualAddress.class);
        server.table(NameTable.of(List.of(new NetworkOnNode(new NetworkId("front"), "front", ALL, Ipv4.parse("127.0.0.2"), 7, Optional.empty(), false,
                List.of(me("127.0.0.1", false), other("web", "10.0.1.3", true)), List.of(), List.of(virtual))), NODE));
        server.serve(HERE, ALL);
        assertThat(addresses("tasks.web.")).containsExactly("10.0.1.3");
    }

    @Test
    void whoIsOnInternalNetworksAloneHasNoOtherNames() throws IOException {
        server.table(NameTable.of(List.of(new NetworkOnNode(new NetworkId("back"), "back", ALL, Ipv4.parse("127.0.0.2"), 7, Optional.empty(), true,
                List.of(me("127.0.0.1", false), other("db", "10.0.1.3", true)), List.of(), List.of())), NODE));
        server.serve(HERE, ALL);
        assertThat(addresses("db.")).containsExactly("10.0.1.3");
        assertThat(asked("example.", Type.A, false).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void theNetworkOfPublishedPortsHasNoNames() throws IOException {
        server.table(NameTable.of(List.of(
                network("ingress", "127.0.0.0/8", me("127.0.0.1", false), other("web", "10.0.1.3", true))), NODE));
        server.serve(HERE, ALL);
        assertThat(asked("web.", Type.A, false).getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void whoIsNotOnTheNetworkIsRefused() throws IOException {
        upstream.table(NameTable.of(List.of(network("world", "127.0.0.0/8", other("example", "192.0.2.7", true))), NODE));
        upstream.serve(HERE, ALL);
        upstreams.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), upstream.port(HERE)));
        server.table(NameTable.of(List.of(network("front", "127.0.1.0/24", other("web", "10.0.1.3", true))), NODE));
        server.serve(HERE, Subnet.parse("127.0.1.0/24"));
        for (String name : List.of("web.", "example.")) {
            assertThat(asked(name, Type.A, false).getRcode()).as(name).isEqualTo(Rcode.REFUSED);
            assertThat(asked(name, Type.A, true).getRcode()).as(name + " over TCP").isEqualTo(Rcode.REFUSED);
        }
    }

    @Test
    void theHostsNameServersAreReadFromItsFile() {
        assertThat(Resolvers.in(List.of("# a comment", "search x", "nameserver 10.0.0.2", "  nameserver\t::1", "nameserver nonsense")))
                .extracting(InetAddress::getHostAddress).containsExactly("10.0.0.2", "0:0:0:0:0:0:0:1");
    }

    private List<String> addresses(String name) throws IOException {
        return asked(name, Type.A, false).getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
    }

    private Message asked(String name, int type, boolean stream) throws IOException {
        var resolver = new SimpleResolver(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.port(HERE)));
        resolver.setTCP(stream);
        resolver.setTimeout(Duration.ofSeconds(10));
        return resolver.send(Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)));
    }

    private static NetworkOnNode network(String name, String subnet, Endpoint... endpoints) {
        return new NetworkOnNode(new NetworkId(name), name, Subnet.parse(subnet), Ipv4.parse("127.0.0.2"), 7, Optional.empty(), false, List.of(endpoints), List.of(), List.of());
    }

    private static Endpoint me(String address, boolean ownResolvers) {
        return new Endpoint(new TaskId("me"), "me.1.x", "me", List.of(), Ipv4.parse(address), NODE, "10.9.9.1", false, ownResolvers);
    }

    private static Endpoint other(String service, String address, boolean serving) {
        return new Endpoint(new TaskId(service + address), service + ".1." + address, service, List.of(service.charAt(0) + "-alias"),
                Ipv4.parse(address), new NodeId("n2"), "10.9.9.2", serving, false);
    }
}
