package io.cardume.manager.store;

import io.cardume.api.AddressPool;
import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerSpec;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Login;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Transactions for the store's tests. */
final class States {
    static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456789Z");

    private States() {}

    /** Transaction 1: a cluster and a service. */
    static Transaction first() {
        var cluster = new Cluster(new ClusterId("c1"), 1, NOW, NOW, new NodeId("n1"), new TreeMap<>(), 5, "SWMTKN-1-a-b", "SWMTKN-1-a-c", AddressPool.DEFAULT);
        var template = new TaskSpec(ContainerSpec.of("app:1"), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        var spec = new ServiceSpec("web", null, template, null, Optional.empty(), Optional.empty(), Optional.empty());
        return new Transaction(1, NOW, List.of(new Change.ClusterPut(cluster), new Change.AuthorityPut(authority()),
                new Change.ServicePut(Service.of(new ServiceId("s1"), spec, NOW).changed(1, NOW))));
    }

    private static Authority authority() {
        return new Authority(new Authority.Root("one", new RootDigest("1".repeat(50)), "sealed"),
                Optional.of(new Authority.Next(new Authority.Root("two", new RootDigest("2".repeat(50)), "sealed too"), "cross")),
                Authority.NODE_LIFE, 1);
    }

    /** Transaction n > 1: a task of its own. */
    static Transaction task(long version) {
        return tasks(version, 1);
    }

    /** A transaction with a text of so many characters that cannot be made much shorter. */
    static Transaction text(long version, int length) {
        var chance = new SplittableRandom(version);
        var text = chance.ints(length, 'A', 'Z').collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        return new Transaction(version, NOW, List.of(new Change.LoginPut(new ServiceId("s1"), new Login("registry", text))));
    }

    /** A transaction with a config of so many bytes, at most 1,024,000, that cannot be made shorter. */
    static Transaction config(long version, int length) {
        var bytes = new byte[length];
        new SplittableRandom(version).nextBytes(bytes);
        var spec = new BlobSpec("config" + version, new TreeMap<>(), Payload.of(bytes), Optional.empty());
        return new Transaction(version, NOW, List.of(new Change.BlobPut(Blob.of(new BlobId("config" + version), BlobKind.CONFIG, spec, NOW).changed(version, NOW))));
    }

    /** A transaction with many tasks of its own. */
    static Transaction tasks(long version, int count) {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < count; i++) {
            var id = new TaskId(String.format("task%010d.%010d", version, i));
            changes.add(new Change.TaskPut(Task.of(id, new ServiceId("s1"), (int) version * 100_000 + i, 1, Optional.empty(), 0, "a replica is missing", NOW)
                    .changed(version, NOW)));
        }
        return new Transaction(version, NOW, changes);
    }
}
