package io.cardume.e2e;

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
        Cluster cluster = store.get(Cluster.class, Cluster.class);
        if (cluster != null) {
            cluster.reset();
        }
    }

    private static Fleet fleet(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(Fleet.class, _ -> Fleet.start(HOSTS), Fleet.class);
    }

    private static Cluster cluster(ExtensionContext context) {
        Fleet fleet = fleet(context);
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(Cluster.class, _ -> {
            Cluster cluster = new Cluster(fleet);
            cluster.clis().forEach(cli -> System.out.println("tested with the " + cli + " (" + cli.binary() + ")"));
            cluster.start();
            return cluster;
        }, Cluster.class);
    }
}
