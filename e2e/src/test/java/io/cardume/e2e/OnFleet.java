package io.cardume.e2e;

import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one fleet of the run, or the one cluster on it, reset before each test. Both are made when first
 * asked for and live until the last test has ended.
 */
public final class OnFleet implements ParameterResolver, BeforeEachCallback {

    private static final Namespace NAMESPACE = Namespace.create(OnFleet.class);
    private static final int HOSTS = 3;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Fleet.class || type == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Fleet.class ? fleet(context) : cluster(context);
    }

    /** A test class that takes the cluster in its constructor finds it as if nothing had happened before. */
    @Override
    public void beforeEach(ExtensionContext context) {
        ExtensionContext.Store store = context.getRoot().getStore(NAMESPACE);
        Started started = store.get(Started.class, Started.class);
        if (started != null) {
            started.cluster().reset();
        }
    }

    private static Fleet fleet(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(Fleet.class, _ -> Fleet.start(HOSTS), Fleet.class);
    }

    private static Cluster cluster(ExtensionContext context) {
        Fleet fleet = fleet(context);
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(Started.class, _ -> Started.on(fleet), Started.class).cluster();
    }

    /** A cluster and why it could not be started, if so: then no test needs to try again. */
    private record Started(Cluster cluster, Optional<Throwable> failure) {

        static Started on(Fleet fleet) {
            Cluster cluster = new Cluster(fleet);
            try {
                cluster.start();
                cluster.clis().forEach(cli -> System.out.println("tested with the " + cli + " (" + cli.binary() + ")"));
                return new Started(cluster, Optional.empty());
            } catch (AssertionError | RuntimeException e) {
                return new Started(cluster, Optional.of(e));
            }
        }

        /** The cluster, if it was started. */
        @Override
        public Cluster cluster() {
            failure.ifPresent(e -> {
                throw new IllegalStateException("the cluster did not start: " + e.getMessage(), e);
            });
            return cluster;
        }
    }
}
