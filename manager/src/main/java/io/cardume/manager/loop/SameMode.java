package io.cardume.manager.loop;

import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Service;

/** A service keeps its mode for life. */
final class SameMode {
    private SameMode() {}

    static void orRefuse(Service service, ServiceSpec next) throws Refusal {
        var now = service.spec().mode().word();
        var wanted = next.mode().word();
        if (!wanted.equals(now))
            throw new Refusal(Refusal.Kind.NOT_BUILT,
                    "rpc error: code = Unimplemented desc = service mode change is not allowed: " + service.name() + " is "
                            + now + " and cannot become " + wanted + "; remove it and create it again");
    }
}
