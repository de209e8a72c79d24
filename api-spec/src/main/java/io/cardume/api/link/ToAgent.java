package io.cardume.api.link;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.cardume.api.ClusterId;
import io.cardume.api.Copies;
import io.cardume.api.NetworkId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the manager tells an agent. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ToAgent.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = ToAgent.Issued.class, name = "issued"),
    @JsonSubTypes.Type(value = ToAgent.Roots.class, name = "roots"),
    @JsonSubTypes.Type(value = ToAgent.RenewNow.class, name = "renewNow"),
    @JsonSubTypes.Type(value = ToAgent.Refused.class, name = "refused"),
    @JsonSubTypes.Type(value = ToAgent.ClusterEnded.class, name = "clusterEnded"),
    @JsonSubTypes.Type(value = ToAgent.Assignment.class, name = "assignment"),
    @JsonSubTypes.Type(value = ToAgent.Delivery.class, name = "delivery"),
    @JsonSubTypes.Type(value = ToAgent.Networks.class, name = "networks"),
    @JsonSubTypes.Type(value = ToAgent.Balancing.class, name = "balancing"),
    @JsonSubTypes.Type(value = ToAgent.FollowLogs.class, name = "followLogs"),
    @JsonSubTypes.Type(value = ToAgent.GrantLogs.class, name = "grantLogs"),
    @JsonSubTypes.Type(value = ToAgent.StopLogs.class, name = "stopLogs"),
    @JsonSubTypes.Type(value = ToAgent.Logins.class, name = "logins"),
    @JsonSubTypes.Type(value = ToAgent.ImageNews.class, name = "imageNews"),
    @JsonSubTypes.Type(value = ToAgent.Certificates.class, name = "certificates"),
    @JsonSubTypes.Type(value = ToAgent.Open.class, name = "open"),
    @JsonSubTypes.Type(value = ToAgent.Send.class, name = "send"),
    @JsonSubTypes.Type(value = ToAgent.Grant.class, name = "grant"),
    @JsonSubTypes.Type(value = ToAgent.Close.class, name = "close")
})
public sealed interface ToAgent {
    /**
     * The agent is a node of this cluster.
     *
     * @param heartbeat a sign of life is expected this often
     */
    record Welcome(ClusterId cluster, Duration heartbeat) implements ToAgent {}

    /**
     * The certificate that was asked for: by a hello with a token, or with a certificate that has ended, after which the agent dials again
     * and shows it; or by {@link FromAgent.Renew}. Once it is on disk the agent says {@link FromAgent.Trusts}.
     *
     * @param certificate in PEM, then those between it and the root
     * @param roots all that are to be believed from now on, in PEM
     */
    record Issued(String certificate, String roots) implements ToAgent {
        public Issued {
            certificate = Copies.text(certificate);
            roots = Copies.text(roots);
        }
    }

    /** The roots that are to be believed from now on, in PEM, instead of those before; the agent answers as to {@link Issued}. */
    record Roots(String roots) implements ToAgent {
        public Roots {
            roots = Copies.text(roots);
        }
    }

    /** The agent's certificate comes from a root that is on its way out, or half of its life is over: it is to ask for another. */
    record RenewNow() implements ToAgent {}

    /** The agent is not let in; why and what to do about it. */
    record Refused(String message) implements ToAgent {}

    /** The cluster is no more: every container of it is to be removed. */
    record ClusterEnded(ClusterId cluster) implements ToAgent {}

    /**
     * What should run on the node.
     *
     * @param generation grows with every change of the node's tasks; an older one is ignored
     * @param base the generation this is the difference to; empty = {@code tasks} is everything
     * @param tasks tasks that are new or changed, or all
     * @param removed tasks that are forgotten: their containers are to be removed
     */
    record Assignment(long generation, Optional<Long> base, List<AssignedTask> tasks, List<TaskId> removed) implements ToAgent {
        public Assignment {
            base = Copies.optional(base);
            tasks = Copies.list(tasks);
            removed = Copies.list(removed);
        }
    }

    /**
     * Bytes of secrets and configs that tasks of the next assignment need, as far as its base did not need them already. They
     * come in as many messages as they fill, for a node's tasks may need more than one message holds.
     */
    record Delivery(List<Delivered> delivered) implements ToAgent {
        public Delivery {
            delivered = Copies.list(delivered);
        }
    }

    /**
     * The networks that span the hosts and that the node's tasks are on; said before the tasks are.
     *
     * @param whole whether {@code networks} is everything
     * @param networks networks that are new, or all
     * @param changed who has come to and left networks that were said before
     * @param removed networks that no task of the node is on any more
     */
    record Networks(boolean whole, List<NetworkOnNode> networks, List<NetworkChange> changed, List<NetworkId> removed) implements ToAgent {
        public Networks {
            networks = Copies.list(networks);
            changed = Copies.list(changed);
            removed = Copies.list(removed);
        }

        /** Everything. */
        public static Networks all(List<NetworkOnNode> networks) {
            return new Networks(true, networks, List.of(), List.of());
        }

        /** Whether nothing is different. */
        public boolean saysNothing() {
            return !whole && networks.isEmpty() && changed.isEmpty() && removed.isEmpty();
        }

        /** The networks there are now, after those said before; empty if it speaks of one that was not: something was missed. */
        public Optional<SortedMap<NetworkId, NetworkOnNode>> after(SortedMap<NetworkId, NetworkOnNode> said) {
            var now = whole ? new TreeMap<NetworkId, NetworkOnNode>() : new TreeMap<>(said);
            for (NetworkChange change : changed)
                if (now.computeIfPresent(change.id(), (_, network) -> network.with(change)) == null) return Optional.empty();
            networks.forEach(network -> now.put(network.id(), network));
            removed.forEach(now::remove);
            return Optional.of(now);
        }
    }

    /**
     * The services that the node's balancers lead to. It comes after the networks it speaks of, and whenever those changed;
     * the agent answers with {@link FromAgent.Balanced} when the names and the balancers are as it says.
     *
     * @param generation the version of the cluster's state it and the networks before it were made of
     * @param whole whether {@code services} is everything
     * @param services services that are new or otherwise reached, or all
     * @param changed the tasks that services which were said before lead to or do not any more
     * @param removed services that are not reached from this node any more
     */
    record Balancing(
            long generation, boolean whole, List<BalancedService> services, List<BackendsChange> changed, List<ServiceId> removed) implements ToAgent {
        public Balancing {
            services = Copies.list(services);
            changed = Copies.list(changed);
            removed = Copies.list(removed);
        }

        /** Everything. */
        public static Balancing all(long generation, List<BalancedService> services) {
            return new Balancing(generation, true, services, List.of(), List.of());
        }

        /** Whether nothing is different. */
        public boolean saysNothing() {
            return !whole && services.isEmpty() && changed.isEmpty() && removed.isEmpty();
        }

        /** The services there are now, after those said before; empty if it speaks of one that was not: something was missed. */
        public Optional<SortedMap<ServiceId, BalancedService>> after(SortedMap<ServiceId, BalancedService> said) {
            var now = whole ? new TreeMap<ServiceId, BalancedService>() : new TreeMap<>(said);
            for (BackendsChange change : changed)
                if (now.computeIfPresent(change.id(), (_, service) -> service.with(change)) == null) return Optional.empty();
            services.forEach(service -> now.put(service.id(), service));
            removed.forEach(now::remove);
            return Optional.of(now);
        }
    }

    /**
     * The registry logins the node's tasks need now, instead of those before; to be kept in memory only.
     *
     * @param byService what the engine is given with a pull, by {@link #key}
     */
    record Logins(SortedMap<String, String> byService) implements ToAgent {
        public Logins {
            byService = Copies.labels(byService);
        }

        /** Under what the login of a service is, which is given to that registry only. */
        public static String key(ServiceId service, String registry) {
            return service.value() + " " + registry;
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Logins[" + byService.keySet() + "]";
        }
    }

    /**
     * The certificates with their keys that services are reached with by HTTPS now, instead of those before; to be kept in
     * memory only. Said before the services are.
     *
     * @param bySecret the bytes of the secrets they are in, by the secrets' names
     */
    record Certificates(SortedMap<String, Payload> bySecret) implements ToAgent {
        public Certificates {
            bySecret = Collections.unmodifiableSortedMap(bySecret == null ? new TreeMap<>() : new TreeMap<>(bySecret));
        }
    }

    /**
     * A task's log is wanted.
     *
     * @param request names the request in the answers
     * @param lines so many lines may be sent before more are granted
     */
    record FollowLogs(String request, TaskId task, LogOptions options, int lines) implements ToAgent {}

    /** So many more lines may be sent. */
    record GrantLogs(String request, int lines) implements ToAgent {}

    /** Nobody wants this log any more. */
    record StopLogs(String request) implements ToAgent {}

    /**
     * What has become of an image that the agent wants; the image itself comes with an errand.
     *
     * @param words for the status of the tasks that wait for it
     */
    record ImageNews(String image, Course course, String words) implements ToAgent {
        /** How it stands. */
        public enum Course {
            /** It is looked for, waited for, or on its way. */
            COMING,
            /** Nobody has it. */
            NOWHERE,
            /** It could not be brought; the agent may ask again. */
            BROKEN
        }

        public ImageNews {
            image = Copies.text(image);
            course = course == null ? Course.BROKEN : course;
            words = Copies.text(words);
        }
    }

    /** What belongs to one stream: the course of an errand. */
    sealed interface OfStream extends ToAgent {
        /** Names the stream in both directions. */
        String stream();
    }

    /**
     * The agent is sent on an errand.
     *
     * @param chunks so many chunks may be answered before more are granted
     */
    record Open(String stream, Errand errand, int chunks) implements OfStream {}

    /** Input, never more chunks than the agent has granted; an empty one is its end. */
    record Send(String stream, byte[] bytes) implements OfStream {
        public Send {
            // What is empty is left out on the wire.
            bytes = bytes == null ? new byte[0] : bytes;
        }
    }

    /** So many more chunks may be answered. */
    record Grant(String stream, int chunks) implements OfStream {}

    /** Nobody listens any more: what runs for this errand is to end. */
    record Close(String stream) implements OfStream {}
}
