package io.cardume.manager.loop;

import io.cardume.api.AddressPool;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.HostPower;
import io.cardume.api.HttpLabels;
import io.cardume.api.Mount;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkId;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.api.TaskSpec;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What somebody may change: a deployer what is of its namespaces, before and after, with nothing in it that is another's and no
 * power over hosts that the cluster's policy does not give. What is not named here only an admin may.
 */
public final class Bounds {
    private static final String WIDER = "; an admin may, and can let deployers: cardume policy --allow ";

    private final String who;
    private final UserRole role;
    private final Spaces spaces;
    private final Set<HostPower> allowed;
    private final ClusterState begun;
    /** All namespaces there are, once that was asked; empty = not yet. */
    private SortedSet<String> known = Collections.emptySortedSet();

    private Bounds(String who, UserRole role, Spaces spaces, Set<HostPower> allowed, ClusterState begun) {
        this.who = who;
        this.role = role;
        this.spaces = spaces;
        this.allowed = allowed;
        this.begun = begun;
    }

    /**
     * The bounds of an actor as the state has them now.
     *
     * @throws Refusal if it is a user who is not there any more
     */
    public static Bounds of(Actor actor, ClusterState state) throws Refusal {
        return switch (actor) {
            case Actor.Local _ -> new Bounds("this host", UserRole.ADMIN, Spaces.ALL, Set.of(), state);
            case Actor.Named(var name) -> {
                var user = state.user(name).orElseThrow(() -> new Refusal(Refusal.Kind.UNAUTHENTICATED, "user " + name + " was removed"));
                var spaces = new Spaces(user.namespaces());
                yield new Bounds("user " + name + " is " + user.role().one() + (spaces.isAll() ? "" : " of " + String.join(", ", spaces.names())), user.role(), spaces,
                        state.cluster().map(cluster -> HostPower.allowed(cluster.labels())).orElse(Set.of()), state);
            }
        };
    }

    /** Refuses a change that is not within them. */
    void orRefuse(ClusterState before, ClusterState after, Change change) throws Refusal {
        if (role == UserRole.ADMIN) return;
        if (!role.suffices(UserRole.DEPLOYER)) throw refusal("", "who changes nothing; an admin may");
        switch (change) {
            case Change.ServicePut(var service) -> {
                var old = before.service(service.id()).filter(known -> !known.removed());
                own(old.filter(known -> !spaces.sees(known)).isEmpty() && spaces.sees(service), "service " + service.name());
                if (old.isEmpty()) name("Name", service.name());
                boolean same = old.filter(known -> known.spec().equals(service.spec())).isPresent();
                if (!service.removed() && !same) spec(after, old.map(Service::spec), service.spec());
            }
            case Change.ServiceRemoved(var id) -> own(before.service(id).filter(spaces::sees).isPresent(), "service " + id);
            case Change.MovesAsked(var id, _) -> own(before.service(id).filter(spaces::sees).isPresent(), "service " + id);
            case Change.LoginPut(var id, _) -> own(after.service(id).filter(spaces::sees).isPresent(), "service " + id);
            case Change.BlobPut(var blob) -> {
                var old = before.blob(blob.id());
                own(old.filter(known -> !spaces.sees(known)).isEmpty() && spaces.sees(blob), blob.kind().word() + " " + blob.name());
                if (old.isEmpty()) name("Name", blob.name());
            }
            case Change.BlobRemoved(var id) -> own(before.blob(id).filter(spaces::sees).isPresent(), "secret or config " + id);
            case Change.NetworkPut(var network) -> {
                var old = before.network(network.id()).filter(known -> !known.removed());
                own(spaces.isAll() || !network.ingress() && old.filter(known -> !spaces.sees(known)).isEmpty() && spaces.sees(network), "network " + network.name());
                if (old.isEmpty()) name("Name", network.name());
                // Hosts take a subnet's addresses for the network's, whoever has them elsewhere.
                var pool = before.cluster().map(Cluster::addresses).orElse(AddressPool.DEFAULT);
                if (old.isEmpty() && pool.ranges().stream().noneMatch(range -> range.contains(network.subnet().first()) && range.contains(network.subnet().last())))
                    power(HostPower.SUBNET, "IPAM.Config[0].Subnet");
            }
            case Change.NetworkRemoved(var id) -> own(before.network(id).filter(spaces::sees).isPresent(), "network " + id);
            case Change.ClusterPut(_), Change.ClusterEnded(_), Change.AuthorityPut(_), Change.UserPut(_), Change.UserRemoved(_), Change.NodePut(_), Change.NodeRemoved(_),
                    Change.MovesEnded(_), Change.TaskPut(_), Change.TaskRemoved(_), Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _),
                    Change.AddressesPut(_), Change.EndpointPut(_), Change.HostAddressesPut(_), Change.PortTroublesPut(_), Change.NodeHeard(_, _),
                    Change.NodeBalanced(_, _), Change.NodeFenced(_, _) ->
                    throw refusal("", "who changes services, networks, secrets and configs only; an admin may");
        }
    }

    /** Refuses, of a command in a container of such a task, what it would give of the host. */
    public void commandOrRefuse(TaskSpec task, boolean privileged) throws Refusal {
        if (role == UserRole.ADMIN) return;
        if (privileged) power(HostPower.PRIVILEGED_EXEC, "Privileged");
        for (var asked : HostPower.in(task)) power(asked.power(), asked.field() + " of the container's service");
    }

    /** What it says to whom it was asked for: nothing of other namespaces. */
    Refusal told(Refusal refusal) {
        return refusal.to(spaces);
    }

    /** Refuses to hold another's service against what is declared of it. */
    void declareOrRefuse(String name) throws Refusal {
        own(begun.serviceNamed(name).filter(known -> !spaces.sees(known)).isEmpty(), "service " + name);
    }

    /** Working it out looks at all objects. */
    private SortedSet<String> known() {
        if (known.isEmpty()) known = spaces.known(begun);
        return known;
    }

    private void own(boolean own, String object) throws Refusal {
        if (!own && !spaces.isAll())
            throw refusal("", "and " + object + " is not, before and after the change; what is has the label "
                    + StackLabels.NAMESPACE + "=" + spaces.names().first());
    }

    /** A name that begins as another namespace's do would pass for that one's. */
    private void name(String field, String name) throws Refusal {
        if (spaces.isAll()) return;
        var owner = Spaces.owner(known(), name);
        if (owner.isPresent() && !spaces.has(owner.get()))
            throw refusal(field, "and \"" + name + "\" begins as the names of another namespace do");
    }

    private void spec(ClusterState state, Optional<ServiceSpec> before, ServiceSpec spec) throws Refusal {
        // Scaling what an admin has made gives its powers to nobody.
        boolean sameTasks = before.filter(old -> old.labels().equals(spec.labels())
                && old.taskTemplate().forceUpdate(0).equals(spec.taskTemplate().forceUpdate(0))).isPresent();
        if (!sameTasks) for (var asked : HostPower.in(spec.taskTemplate())) power(asked.power(), asked.field());
        if (spaces.isAll()) return;
        // What is another's is refused in the words for what is not there.
        for (BlobReference reference : BlobReference.of(spec.taskTemplate().containerSpec()))
            if (state.blob(reference.id()).filter(spaces::sees).isEmpty()) throw References.none(reference.kind(), List.of(reference.name()));
        for (NetworkAttachment attachment : spec.taskTemplate().networks()) {
            var network = state.network(new NetworkId(attachment.target()));
            if (PredefinedNetwork.of(attachment.target()).isEmpty() && network.filter(spaces::sees).isEmpty())
                throw Attaching.none(network.map(Network::name).orElse(attachment.target()));
        }
        for (Mount mount : spec.taskTemplate().containerSpec().mounts()) volume(mount);
        var http = HttpLabels.of(spec.labels());
        if (http.isPresent()) http(state, spec, http.get());
    }

    private void power(HostPower power, String field) throws Refusal {
        if (!allowed.contains(power)) throw refusal(field, "who may not use " + power.what() + WIDER + power.word()).inBrief(who + ", who may not use " + power.what());
    }

    /** A host keeps a volume by its name, and gives it to whoever says that name. */
    private void volume(Mount mount) throws Refusal {
        var source = mount.source().orElse("");
        if (!mount.type().isEmpty() && !mount.type().equals("volume") || source.isEmpty()) return;
        int open = source.indexOf("{{");
        var literal = open < 0 ? source : source.substring(0, open);
        boolean own = Spaces.owner(known(), literal).filter(spaces::has).isPresent();
        boolean another = open >= 0 && known().stream()
                .anyMatch(namespace -> !spaces.has(namespace) && StackLabels.scoped(namespace, "").startsWith(literal));
        if (!own || another)
            throw refusal("TaskTemplate.ContainerSpec.Mounts", "and volume \"" + source + "\" is not: its name is to begin with "
                    + StackLabels.scoped(spaces.names().first(), "") + ", and as no other namespace's");
    }

    private void http(ClusterState state, ServiceSpec spec, HttpLabels labels) throws Refusal {
        if (labels.tls().isPresent() && state.blobNamed(BlobKind.SECRET, labels.tls().get()).filter(spaces::sees).isEmpty()) throw Doors.none(labels.tls().get());
        for (Service other : state.services().values()) {
            if (other.removed() || spaces.sees(other)) continue;
            var theirs = HttpLabels.of(other.spec().labels());
            if (theirs.isPresent() && meet(theirs.get(), labels))
                throw refusal("Labels[\"" + HttpLabels.HOST + "\"]", "and " + (labels.hosts().isEmpty() ? "what no host is named for" : String.join(", ", labels.hosts()))
                        + " is another namespace's, or part of it is");
        }
    }

    private static boolean meet(HttpLabels one, HttpLabels other) {
        if (one.hosts().isEmpty() && other.hosts().isEmpty()) return true;
        return one.hosts().stream().anyMatch(host -> other.hosts().stream().anyMatch(their -> covers(host, their) || covers(their, host)));
    }

    private static boolean covers(String host, String other) {
        return host.equals(other) || host.startsWith("*.") && other.endsWith(host.substring(1));
    }

    private Refusal refusal(String field, String words) {
        return new Refusal(Refusal.Kind.FORBIDDEN, (field.isEmpty() ? "" : field + ": ") + who + ", " + words).inBrief(who + ", who may not");
    }
}
