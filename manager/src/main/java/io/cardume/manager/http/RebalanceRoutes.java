package io.cardume.manager.http;

import io.cardume.api.RebalanceRequest;
import io.cardume.api.RebalanceView;
import io.cardume.api.UserRole;
import io.cardume.api.WireReader;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.loop.AskMoves;
import io.cardume.manager.loop.ManagerLoop;
import java.util.List;
import java.util.stream.Collectors;

/** Which tasks would do better on another node, and moving them there. */
final class RebalanceRoutes {
    private final ManagerLoop loop;
    private final Asking asking;

    RebalanceRoutes(ManagerLoop loop) {
        this.loop = loop;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(Route.get("/rebalance", UserRole.VIEWER, this::read), Route.post("/rebalance", UserRole.DEPLOYER, this::carryOut));
    }

    private void read(Exchange exchange) {
        Lookup.cluster(loop.published());
        exchange.json(200, proposal(exchange));
    }

    /** What concerns the caller's namespaces. */
    private RebalanceView proposal(Exchange exchange) {
        var whole = loop.rebalance();
        if (exchange.spaces().isAll()) return whole;
        var seen = Lookup.services(exchange.spaces(), loop.published()).stream().collect(Collectors.toMap(Service::id, Service::name));
        return new RebalanceView(whole.moves().stream().filter(move -> seen.containsKey(move.service())).toList(),
                whole.underway().stream().filter(seen::containsValue).toList(),
                whole.skipped().stream().filter(skip -> seen.containsKey(skip.service())).toList());
    }

    private void carryOut(Exchange exchange) {
        Lookup.cluster(loop.published());
        var asked = Exchange.valid(WireReader.read(exchange.treeOrNothing(), RebalanceRequest.class, true, _ -> false));
        var state = loop.published();
        asking.done(exchange, asked.services().isEmpty() ? AskMoves.ofAll(proposal(exchange))
                : AskMoves.of(asked.services().stream().map(name -> Lookup.service(exchange.spaces(), state, name)).map(Service::id).toList()));
        exchange.json(200, proposal(exchange));
    }
}
