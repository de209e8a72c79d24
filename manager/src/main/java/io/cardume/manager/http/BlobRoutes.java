package io.cardume.manager.http;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpecs;
import io.cardume.api.BlobUser;
import io.cardume.api.BlobView;
import io.cardume.api.ObjectVersion;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.BlobUse;
import io.cardume.manager.loop.CreateBlob;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveBlob;
import io.cardume.manager.loop.UpdateBlob;
import java.util.List;
import java.util.Set;

/** Secrets, or configs. */
final class BlobRoutes {
    /** The largest config in base64, with room for name and labels. */
    static final int LARGEST_BODY = 2 << 20;
    private static final Set<String> FILTERS = Set.of("id", "name", "names", "label");

    private final ManagerLoop loop;
    private final Asking asking;
    private final BlobKind kind;

    BlobRoutes(ManagerLoop loop, BlobKind kind) {
        this.loop = loop;
        this.asking = new Asking(loop);
        this.kind = kind;
    }

    List<Route> routes() {
        var all = "/" + kind.word() + "s";
        return List.of(
                Route.get(all, UserRole.VIEWER, this::list),
                Route.post(all + "/create", UserRole.DEPLOYER, this::create),
                Route.get(all + "/{id}", UserRole.VIEWER, this::inspect),
                Route.get(all + "/{id}/users", UserRole.VIEWER, this::users),
                Route.post(all + "/{id}/update", UserRole.DEPLOYER, this::update),
                Route.delete(all + "/{id}", UserRole.DEPLOYER, this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), FILTERS);
        exchange.json(200, Lookup.blobs(exchange.spaces(), state, kind).stream()
                .filter(blob -> filters.prefix("id", blob.id().value()) && filters.prefix("name", blob.name())
                        && filters.exact("names", blob.name()) && filters.labels("label", blob.spec().labels()))
                .map(BlobRoutes::view)
                .toList());
    }

    private void create(Exchange exchange) {
        Lookup.cluster(loop.published());
        var spec = Exchange.valid(BlobSpecs.create(kind, exchange.body(LARGEST_BODY)));
        exchange.json(201, Exchange.object().put("ID", asking.done(exchange, new CreateBlob(kind, spec)).value()));
    }

    private void inspect(Exchange exchange) {
        exchange.json(200, view(named(exchange)));
    }

    private void users(Exchange exchange) {
        var state = loop.published();
        exchange.json(200, BlobUse.of(state, Lookup.blob(exchange.spaces(), state, kind, exchange.path("id")).id()).stream()
                .filter(use -> exchange.spaces().sees(use.service()))
                .map(use -> new BlobUser(use.service().id(), use.service().name(), use.current())).toList());
    }

    private void update(Exchange exchange) {
        var blob = named(exchange);
        long version = exchange.version(kind.word());
        var spec = Exchange.valid(BlobSpecs.update(kind, exchange.body(LARGEST_BODY)));
        asking.done(exchange, new UpdateBlob(blob.id(), version, spec));
        exchange.nothing(200);
    }

    private void remove(Exchange exchange) {
        asking.done(exchange, new RemoveBlob(named(exchange).id()));
        exchange.nothing(204);
    }

    private Blob named(Exchange exchange) {
        return Lookup.blob(exchange.spaces(), loop.published(), kind, exchange.path("id"));
    }

    /** A secret's bytes are never shown again. */
    private static BlobView view(Blob blob) {
        var spec = switch (blob.kind()) {
            case SECRET -> blob.spec().hidden();
            case CONFIG -> blob.spec();
        };
        return new BlobView(blob.id(), new ObjectVersion(blob.version()), blob.createdAt(), blob.updatedAt(), spec);
    }
}
