package io.cardume.manager.loop;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ConfigReference;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.SecretReference;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.api.StackSpec;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.plan.Outlook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a stack should be, as a whole: all of it in one transaction, or nothing. Saying it twice changes nothing.
 *
 * @param prune whether services of the stack that are not in it go
 * @param spaces what is there for who asks: what it refers to is found in these alone
 */
public record ApplyStack(StackSpec stack, boolean prune, Spaces spaces) implements Command<List<ApplyStack.Applied>> {
    /** For one for whom everything is there. */
    public ApplyStack(StackSpec stack, boolean prune) {
        this(stack, prune, Spaces.ALL);
    }

    /** What became of an object. */
    public enum Action {
        CREATE,
        CHANGE,
        NOTHING,
        REMOVE
    }

    /**
     * One object.
     *
     * @param kind {@code network}, {@code secret}, {@code config} or {@code service}
     * @param before its service's spec before, empty for other kinds and if it was not there
     * @param after its service's spec now, empty for other kinds and if it goes
     * @param lowest with a service: the lowest number of tasks that take requests on the way
     */
    public record Applied(
            String kind, String name, String id, Action action, Optional<ServiceSpec> before, Optional<ServiceSpec> after, int lowest) {
        static Applied of(String kind, String name, String id, Action action) {
            return new Applied(kind, name, id, action, Optional.empty(), Optional.empty(), 0);
        }
    }

    @Override
    public List<Applied> apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var applied = new ArrayList<Applied>();
        for (StackSpec.Net network : stack.networks()) applied.add(placed("network " + network.name(), () -> network(draft, network)));
        Map<String, Blob> files = new HashMap<>();
        for (StackSpec.File file : stack.files()) applied.add(placed(file.kind().word() + " " + file.name(), () -> file(draft, file, files)));
        var services = new ArrayList<Applied>();
        for (ServiceSpec spec : stack.services()) services.add(placed("service " + spec.name(), () -> service(draft, spec, files)));
        for (Applied service : services)
            placed("service " + service.name(), () -> {
                NoRing.orRefuse(draft.state(), draft.state().serviceNamed(service.name()).orElseThrow().id());
                return service;
            });
        applied.addAll(services);
        if (prune) applied.addAll(pruned(draft));
        return applied;
    }

    /** Something that may be refused. */
    private interface Step {
        Applied take() throws Refusal;
    }

    /** A refusal begins with where its object stands in the file. */
    private Applied placed(String object, Step step) throws Refusal {
        try {
            return step.take();
        } catch (Refusal e) {
            var place = stack.places().get(object);
            throw place == null ? e : e.at(place);
        }
    }

    private static Refusal missing(String kind, String name) {
        return new Refusal(Refusal.Kind.INVALID, kind + " " + name + " is external and does not exist; create it first with docker " + kind
                + " create " + name);
    }

    private Applied network(Draft draft, StackSpec.Net network) throws Refusal {
        var predefined = PredefinedNetwork.of(network.name());
        if (predefined.isPresent()) {
            if (network.own().isPresent())
                throw new Refusal(Refusal.Kind.INVALID, "network " + network.name() + " is there on every host; write external: true");
            return Applied.of("network", network.name(), predefined.get().id().value(), Action.NOTHING);
        }
        var there = draft.state().networkNamed(network.name());
        if (network.own().isEmpty())
            return Applied.of("network", network.name(), there.filter(spaces::sees).orElseThrow(() -> missing("network", network.name())).id().value(), Action.NOTHING);
        var spec = network.own().get();
        if (there.isEmpty())
            return Applied.of("network", network.name(), new CreateNetwork(spec).apply(draft).value(), Action.CREATE);
        ownOrRefuse("network", network.name(), StackLabels.stack(there.get().spec().labels()));
        if (!there.get().spec().equals(spec))
            throw new Refusal(Refusal.Kind.CONFLICT, "network " + network.name() + " is there and was asked for otherwise; a network cannot be "
                    + "changed: remove its services and it, or give it another name in the file");
        return Applied.of("network", network.name(), there.get().id().value(), Action.NOTHING);
    }

    private void ownOrRefuse(String kind, String name, String owner) throws Refusal {
        if (!owner.equals(stack.name()))
            throw new Refusal(Refusal.Kind.CONFLICT, kind + " " + name + " is there and is "
                    + (owner.isEmpty() ? "of no stack" : "of stack " + owner) + "; remove it, or give the stack another name");
    }

    /** A config's bytes never change: other bytes are a new version, beside the old ones that a way back may need. */
    private Applied file(Draft draft, StackSpec.File file, Map<String, Blob> files) throws Refusal {
        var kind = file.kind();
        if (file.own().isEmpty()) {
            var there = draft.state().blobNamed(kind, file.name()).filter(spaces::sees).orElseThrow(() -> missing(kind.word(), file.name()));
            files.put(kind + "/" + file.name(), there);
            return Applied.of(kind.word(), file.name(), there.id().value(), Action.NOTHING);
        }
        var spec = file.own().get();
        var same = draft.state().blobs().values().stream()
                .filter(blob -> blob.kind() == kind && blob.spec().family().equals(spec.family())
                        && StackLabels.stack(blob.spec().labels()).equals(stack.name())
                        && blob.spec().data().equals(spec.data()) && blob.spec().templating().equals(spec.templating()))
                .max(Blob.OLDEST_FIRST);
        var action = same.isEmpty() ? Action.CREATE : same.get().spec().labels().equals(spec.labels()) ? Action.NOTHING : Action.CHANGE;
        BlobId id = switch (action) {
            case CREATE -> new CreateBlob(kind, new BlobSpec(freeName(draft.state(), kind, spec.name()), spec.labels(), spec.data(), spec.templating()))
                    .apply(draft);
            case CHANGE -> {
                draft.put(same.orElseThrow().labels(spec.labels()));
                yield same.get().id();
            }
            case NOTHING, REMOVE -> same.orElseThrow().id();
        };
        var now = draft.state().blob(id).orElseThrow();
        files.put(kind + "/" + file.name(), now);
        return Applied.of(kind.word(), now.name(), id.value(), action);
    }

    /** The name itself, else the first of {@code name-2}, {@code name-3} and so on that is free. */
    private static String freeName(ClusterState state, BlobKind kind, String name) {
        var free = name;
        for (int number = 2; state.blobNamed(kind, free).isPresent(); number++) free = name + "-" + number;
        return free;
    }

    private Applied service(Draft draft, ServiceSpec asked, Map<String, Blob> files) throws Refusal {
        var was = draft.state().serviceNamed(asked.name());
        if (was.isPresent()) ownOrRefuse("service", asked.name(), StackLabels.stack(was.get().spec().labels()));
        var spec = referring(asked, files);
        if (was.isPresent()) spec = keeping(spec, was.get().spec());
        var declared = new DeclareService(spec).put(draft);
        var action = switch (declared.outcome()) {
            case CREATED -> Action.CREATE;
            case UPDATED -> Action.CHANGE;
            case UNCHANGED -> Action.NOTHING;
        };
        var is = draft.state().service(declared.id());
        return new Applied("service", asked.name(), declared.id().value(), action, was.map(Service::spec), is.map(Service::spec),
                Outlook.lowest(draft.state(), was, is));
    }

    /** What was made outside of the file and does not contradict it stays: a forced update, a digest the same image was pinned to. */
    private static ServiceSpec keeping(ServiceSpec spec, ServiceSpec before) {
        var template = spec.taskTemplate().forceUpdate(before.taskTemplate().forceUpdate());
        boolean sameImage = spec.labels().get(StackLabels.IMAGE).equals(before.labels().get(StackLabels.IMAGE));
        if (sameImage) template = template.with(template.containerSpec().image(before.taskTemplate().containerSpec().image()));
        return spec.template(template);
    }

    private static ServiceSpec referring(ServiceSpec spec, Map<String, Blob> files) {
        var container = spec.taskTemplate().containerSpec();
        var secrets = container.secrets().stream().map(reference -> {
            var blob = files.get(BlobKind.SECRET + "/" + reference.secretName());
            return new SecretReference(reference.file(), blob.id().value(), blob.name());
        }).toList();
        var configs = container.configs().stream().map(reference -> {
            var blob = files.get(BlobKind.CONFIG + "/" + reference.configName());
            return new ConfigReference(reference.file(), blob.id().value(), blob.name());
        }).toList();
        return spec.template(spec.taskTemplate().with(container.with(secrets, configs)));
    }

    private List<Applied> pruned(Draft draft) throws Refusal {
        var kept = new HashSet<String>();
        stack.services().forEach(spec -> kept.add(spec.name()));
        var gone = new ArrayList<Applied>();
        for (Service service : draft.state().services().values()) {
            if (service.removed() || kept.contains(service.name()) || !StackLabels.stack(service.spec().labels()).equals(stack.name())) continue;
            new RemoveService(service.id()).apply(draft);
            gone.add(new Applied("service", service.name(), service.id().value(), Action.REMOVE, Optional.of(service.spec()), Optional.empty(), 0));
        }
        return gone;
    }
}
