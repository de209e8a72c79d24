package io.cardume.manager.store;

import io.cardume.api.Payload;
import io.cardume.api.AddressPool;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NetworkSpec;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Service;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Values of any record of ours, all of their parts left to one seed. */
final class Arbitrary {
    private static final List<String> TEXTS =
            List.of("", "a", "web", "ñandú 🐟", "\"quoted\"\n", "null", "{}", "2026-11-01T00:00:00Z", "\u0000", "x".repeat(300));
    private final RandomGenerator random;

    Arbitrary(RandomGenerator random) {
        this.random = random;
    }

    /** A change of the given kind. */
    Change change(Class<? extends Change> kind) {
        return (Change) of(kind);
    }

    private Object of(Type type) {
        if (type instanceof ParameterizedType of) {
            var arguments = of.getActualTypeArguments();
            return switch (((Class<?>) of.getRawType()).getSimpleName()) {
                case "Optional" -> random.nextBoolean() ? Optional.empty() : Optional.of(of(arguments[0]));
                case "List" -> many(arguments[0]);
                case "SortedSet" -> new TreeSet<>(many(arguments[0]));
                case "SortedMap" -> map(arguments[0], arguments[1]);
                default -> throw new AssertionError("no values known for " + type);
            };
        }
        var raw = (Class<?>) type;
        if (raw == Service.class) return service();
        if (raw == Network.class) return network();
        if (raw == RootDigest.class) return new RootDigest(Integer.toString(random.nextInt(10)).repeat(RootDigest.DIGITS));
        if (raw == KeyDigest.class) return new KeyDigest(Integer.toString(random.nextInt(10)).repeat(KeyDigest.DIGITS));
        if (raw == AddressPool.class) return new AddressPool(List.of(subnet()), 29);
        if (raw.isEnum()) return raw.getEnumConstants()[random.nextInt(raw.getEnumConstants().length)];
        if (raw.isRecord()) return record(raw);
        return switch (raw.getSimpleName()) {
            case "String" -> TEXTS.get(random.nextInt(TEXTS.size()));
            case "int", "Integer" -> random.nextInt();
            case "long", "Long" -> random.nextLong();
            case "double", "Double" -> random.nextDouble();
            case "boolean", "Boolean" -> random.nextBoolean();
            case "TaskId" -> new TaskId("t" + TEXTS.get(random.nextInt(TEXTS.size())));
            case "Payload" -> Payload.of(TEXTS.get(random.nextInt(TEXTS.size())).getBytes(StandardCharsets.UTF_8));
            case "Instant" -> Instant.ofEpochSecond(random.nextLong(4_000_000_000L), random.nextInt(1_000_000_000));
            case "Duration" -> Duration.ofNanos(random.nextLong());
            default -> throw new AssertionError("no values known for " + type);
        };
    }

    private List<Object> many(Type type) {
        var all = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) all.add(of(type));
        return all;
    }

    private TreeMap<Object, Object> map(Type key, Type value) {
        var all = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) all.put(of(key), of(value));
        return all;
    }

    private Object record(Class<?> type) {
        var components = type.getRecordComponents();
        var types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) types[i] = components[i].getType();
        for (int tries = 0; tries < 10_000; tries++) {
            var values = new Object[components.length];
            for (int i = 0; i < values.length; i++) values[i] = of(components[i].getGenericType());
            try {
                Constructor<?> constructor = type.getDeclaredConstructor(types);
                constructor.setAccessible(true);
                return constructor.newInstance(values);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof IllegalArgumentException)) throw new AssertionError(e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("none of 10,000 values is allowed in " + type + "; say here how to make one");
    }

    private Subnet subnet() {
        return new Subnet(new Ipv4(random.nextInt() & -256), 24);
    }

    /** Its gateway is in its subnet. */
    private Network network() {
        var subnet = subnet();
        var spec = new NetworkSpec("w" + random.nextInt(), new TreeMap<>(Map.of("a", (String) of(String.class))), random.nextBoolean(),
                random.nextBoolean(), Optional.of(random.nextInt()), Optional.of(subnet), Optional.of(subnet.first().plus(random.nextInt(256))));
        var network = Network.of(new NetworkId("w" + random.nextInt()), spec, subnet, random.nextInt(1, 1 << 24), (Instant) of(Instant.class));
        return (random.nextBoolean() ? network.asIngress() : network.gone()).changed(random.nextLong(), (Instant) of(Instant.class));
    }

    /** Its revision is one of its revisions. */
    private Object service() {
        var revisions = new TreeMap<Long, Revision>();
        for (int i = random.nextInt(1, 4); i > 0; i--) revisions.put(random.nextLong(1, 100), (Revision) of(Revision.class));
        var numbers = List.copyOf(revisions.keySet());
        var components = Service.class.getRecordComponents();
        var values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (components[i].getName()) {
                case "revision" -> numbers.get(random.nextInt(numbers.size()));
                case "revisions" -> revisions;
                default -> of(components[i].getGenericType());
            };
        }
        try {
            return Service.class.getConstructors()[0].newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
