package io.cardume.manager.http;

import io.cardume.api.UserRole;
import io.cardume.api.trust.Pem;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.loop.ManagerLoop;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The published state in numbers, for Prometheus: {@code GET /metrics}. */
final class Metrics {
    /** What kind of text it is. */
    static final String TYPE = PrometheusTextFormatWriter.builder().build().getContentType();
    private static final String NODE = "node";
    private final ManagerLoop loop;

    Metrics(ManagerLoop loop) {
        this.loop = loop;
    }

    List<Route> routes() {
        return List.of(Route.get("/metrics", UserRole.VIEWER, this::scrape));
    }

    private void scrape(Exchange exchange) {
        exchange.context().status(200).contentType(TYPE).result(text(of(loop.published())));
    }

    /** All that is known of a manager that is locked. */
    static byte[] locked() {
        return text(MetricSnapshots.of(locked(1)));
    }

    private static GaugeSnapshot locked(int locked) {
        return gauge("cardume_manager_locked", "Whether the manager waits for its unlock key.", Stream.of(point(Labels.EMPTY, locked)));
    }

    private static byte[] text(MetricSnapshots snapshots) {
        var text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.builder().build().write(text, snapshots);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toByteArray();
    }

    /** What is measured of a state. */
    static MetricSnapshots of(ClusterState state) {
        var nodes = List.copyOf(state.nodes().values());
        return MetricSnapshots.builder()
                .metricSnapshot(locked(0))
                .metricSnapshot(gauge("cardume_state_version", "Transactions that the published state is made of.",
                        Stream.of(point(Labels.EMPTY, state.version()))))
                .metricSnapshot(gauge("cardume_nodes", "Nodes by state.", counted(nodes.stream(), node -> Views.state(node))))
                .metricSnapshot(gauge("cardume_services", "Services.", Stream.of(point(Labels.EMPTY, state.services().size()))))
                .metricSnapshot(gauge("cardume_tasks", "Tasks by state.",
                        counted(state.tasks().values().stream(), task -> task.status().state().name().toLowerCase(Locale.ROOT))))
                .metricSnapshot(gauge("cardume_root_certificate_expiry_timestamp_seconds", "When a trusted root's certificate ends.",
                        state.authority().stream().flatMap(authority -> authority.trusted().stream()).map(root -> point(
                                Labels.of("root", root.digest().digits()),
                                Pem.certificates(root.certificate()).getFirst().getNotAfter().toInstant().getEpochSecond()))))
                .metricSnapshot(gauge("cardume_node_certificate_expiry_timestamp_seconds", "When a node's certificate ends.",
                        nodes.stream().filter(node -> node.certificate().isPresent()).map(Metrics::expiry)))
                .build();
    }

    private static GaugeDataPointSnapshot expiry(Node node) {
        return point(Labels.of(NODE, node.id().value(), "hostname", node.description().hostname()),
                node.certificate().orElseThrow().expires().getEpochSecond());
    }

    private static <T> Stream<GaugeDataPointSnapshot> counted(Stream<T> all, Function<T, String> state) {
        return all.collect(Collectors.groupingBy(state, Collectors.counting())).entrySet().stream()
                .map(entry -> point(Labels.of("state", entry.getKey()), entry.getValue()));
    }

    private static GaugeDataPointSnapshot point(Labels labels, long value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static GaugeSnapshot gauge(String name, String help, Stream<GaugeDataPointSnapshot> points) {
        var gauge = GaugeSnapshot.builder().name(name).help(help);
        points.forEach(gauge::dataPoint);
        return gauge.build();
    }
}
