package io.cardume.manager.link;

import io.cardume.api.BlobKind;
import io.cardume.api.HttpLabels;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The certificates that hosts show for services reached by HTTPS.
 *
 * @param bySecret the bytes of the secrets they are in, by name
 */
record Certificates(SortedMap<String, Payload> bySecret) {
    Certificates {
        bySecret = Collections.unmodifiableSortedMap(new TreeMap<>(bySecret));
    }

    static Certificates nothing() {
        return new Certificates(Collections.emptySortedMap());
    }

    /** Those of all services, for any host that answers for services may be asked for any of them. */
    static Certificates of(ClusterState state) {
        var all = new TreeMap<String, Payload>();
        for (ServiceId id : state.onIngress()) {
            var labels = state.services().get(id).spec().labels();
            if (labels.containsKey(HttpLabels.TLS)) HttpLabels.of(labels).flatMap(HttpLabels::tls).ifPresent(name ->
                    state.blobNamed(BlobKind.SECRET, name).ifPresent(blob -> all.put(name, blob.spec().data())));
        }
        return new Certificates(all);
    }

    ToAgent.Certificates told() {
        return new ToAgent.Certificates(bySecret);
    }
}
