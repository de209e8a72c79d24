package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.NetworkId;
import io.cardume.api.ServiceId;
import io.cardume.api.UserName;
import org.pcollections.TreePMap;

/**
 * An index: what a name, or a token, belongs to. A stored transaction may give a name to another object before it says that
 * the one that had it is gone: what is freed is only what is still its own.
 *
 * @param services by their names, without tombstones
 * @param blobs by kind and name
 * @param networks by their names, without tombstones
 * @param tokens the users by the SHA-256 of their tokens, in hex
 */
record Names(TreePMap<String, ServiceId> services, TreePMap<String, BlobId> blobs, TreePMap<String, NetworkId> networks, TreePMap<String, UserName> tokens) {
    /** Nothing has a name. */
    static final Names NONE = new Names(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), TreePMap.empty());

    /** What a secret or config is found by. */
    static String key(BlobKind kind, String name) {
        return kind.word() + "/" + name;
    }

    Names with(Service service) {
        return new Names(services.plus(service.name(), service.id()), blobs, networks, tokens);
    }

    Names with(Blob blob) {
        return new Names(services, blobs.plus(key(blob.kind(), blob.name()), blob.id()), networks, tokens);
    }

    Names with(Network network) {
        return new Names(services, blobs, networks.plus(network.name(), network.id()), tokens);
    }

    Names with(User user) {
        return new Names(services, blobs, networks, tokens.plus(user.token(), user.name()));
    }

    Names without(Service service) {
        return new Names(freed(services, service.name(), service.id()), blobs, networks, tokens);
    }

    Names without(Blob blob) {
        return new Names(services, freed(blobs, key(blob.kind(), blob.name()), blob.id()), networks, tokens);
    }

    Names without(Network network) {
        return new Names(services, blobs, freed(networks, network.name(), network.id()), tokens);
    }

    Names without(User user) {
        return new Names(services, blobs, networks, freed(tokens, user.token(), user.name()));
    }

    private static <I> TreePMap<String, I> freed(TreePMap<String, I> names, String name, I id) {
        return id.equals(names.get(name)) ? names.minus(name) : names;
    }
}
