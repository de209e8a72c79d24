package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.UserName;
import java.time.Instant;

/** One change of the cluster's state: an object put in its new form, or removed. */
public sealed interface Change {
    /** The cluster was formed or changed. */
    record ClusterPut(Cluster cluster) implements Change {}

    /** The cluster was ended: everything in it is gone; agents that ask for it later are told so. */
    record ClusterEnded(ClusterId cluster) implements Change {}

    /** The roots of the certificates were made or changed. They stay when the cluster is ended. */
    record AuthorityPut(Authority authority) implements Change {}

    record ServicePut(Service service) implements Change {}

    record ServiceRemoved(ServiceId service) implements Change {}

    /** The tasks of a service were asked to move to better nodes. */
    record MovesAsked(ServiceId service, Instant at) implements Change {}

    /** They have, or cannot. */
    record MovesEnded(ServiceId service) implements Change {}

    /** The login its images are pulled with; it goes with the service. */
    record LoginPut(ServiceId service, Login login) implements Change {}

    record TaskPut(Task task) implements Change {}

    record TaskRemoved(TaskId task) implements Change {}

    record NetworkPut(Network network) implements Change {}

    record NetworkRemoved(NetworkId network) implements Change {}

    /** Said only where a whole state is written: the network that was made last, be it there or not. */
    record NetworkMadeLast(Network network) implements Change {}

    /** The address of a network that was given last, whoever got it; it goes with the network. */
    record AddressGivenLast(NetworkId network, Ipv4 address) implements Change {}

    /** Addresses given to a task; they go with it. */
    record AddressesPut(Addresses addresses) implements Change {}

    /** Where a service is reached; it goes with the service. */
    record EndpointPut(Endpoint endpoint) implements Change {}

    /** Addresses given to a node; they go with it, and with their networks. */
    record HostAddressesPut(HostAddresses addresses) implements Change {}

    /** What a node cannot answer requests from outside for; it goes with the node. */
    record PortTroublesPut(PortTroubles troubles) implements Change {}

    record NodePut(Node node) implements Change {}

    record NodeRemoved(NodeId node) implements Change {}

    /** A secret or config. */
    record BlobPut(Blob blob) implements Change {}

    record BlobRemoved(BlobId blob) implements Change {}

    /** A user of the API. */
    record UserPut(User user) implements Change {}

    record UserRemoved(UserName user) implements Change {}

    /** A sign of life. It is never stored: after a restart every lease begins anew. */
    record NodeHeard(NodeId node, Instant at) implements Change {}

    /**
     * A node's names and balancers are as this version of the state says, or a later one. Never stored either: after a
     * restart every agent is told the whole and says so again.
     */
    record NodeBalanced(NodeId node, long version) implements Change {}

    /** A node has not said so of this version for too long: it is not waited for until it does. Never stored. */
    record NodeFenced(NodeId node, long version) implements Change {}

    /** Whether it is written to the log. */
    default boolean isStored() {
        return switch (this) {
            case NodeHeard _, NodeBalanced _, NodeFenced _ -> false;
            default -> true;
        };
    }
}
