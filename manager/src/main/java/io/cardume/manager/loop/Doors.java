package io.cardume.manager.loop;

import io.cardume.api.BlobKind;
import io.cardume.api.HttpLabels;
import io.cardume.api.Payload;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a service is reached by HTTP, held against what there is: a certificate for a host is one secret, and it is there. */
final class Doors {
    private static final String NONE = "is not allowed; it is the name of a secret, and there is none called so";

    private Doors() {}

    static void orRefuse(ClusterState state, ServiceSpec spec) throws Refusal {
        var labels = HttpLabels.of(spec.labels());
        if (labels.isEmpty() || labels.get().tls().isEmpty()) return;
        var secret = labels.get().tls().get();
        var blob = state.blobNamed(BlobKind.SECRET, secret).orElseThrow(() -> none(secret));
        var whose = StackLabels.stack(blob.spec().labels());
        if (blob.spec().templated()) throw refusal("is a template; it is to be a secret that is the same for every host", secret, whose, NONE);
        var missing = missing(blob.spec().data());
        if (!missing.isEmpty())
            throw refusal("is not PEM of a certificate with its unencrypted key: it lacks " + String.join(" and ", missing), secret, whose, NONE);
        for (Service other : state.services().values()) {
            if (other.removed() || other.name().equals(spec.name())) continue;
            var theirs = HttpLabels.of(other.spec().labels()).filter(said -> said.tls().filter(name -> !name.equals(secret)).isPresent());
            var host = theirs.flatMap(said -> shared(said, labels.get()));
            if (host.isPresent())
                throw refusal("cannot be shown for " + host.get() + ": service " + other.name() + " has " + theirs.get().tls().get()
                        + " for it, and a host shows one certificate", secret, StackLabels.stack(other.spec().labels()),
                        "cannot be shown for " + host.get() + ": another service has another certificate for it, and a host shows one")
                        .hiding(whose, field(secret) + NONE);
        }
    }

    /** There is no such secret. */
    static Refusal none(String secret) {
        return refusal(NONE, secret, "", NONE);
    }

    private static Optional<String> shared(HttpLabels one, HttpLabels other) {
        if (one.hosts().isEmpty() && other.hosts().isEmpty()) return Optional.of("every host that no service names");
        return one.hosts().stream().filter(other.hosts()::contains).findFirst();
    }

    private static List<String> missing(Payload pem) {
        var text = new String(pem.bytes(), StandardCharsets.ISO_8859_1);
        var missing = new ArrayList<String>();
        if (!text.contains("-----BEGIN CERTIFICATE-----")) missing.add("-----BEGIN CERTIFICATE-----");
        if (!text.contains("PRIVATE KEY-----") || text.contains("ENCRYPTED")) missing.add("-----BEGIN PRIVATE KEY-----");
        return missing;
    }

    private static Refusal refusal(String words, String secret, String whose, String toOthers) {
        return Refusal.telling(Refusal.Kind.INVALID, field(secret) + words, Set.of(whose), field(secret) + toOthers);
    }

    private static String field(String secret) {
        return "Labels[\"" + HttpLabels.TLS + "\"]: \"" + secret + "\" ";
    }
}
