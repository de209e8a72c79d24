package io.cardume.api;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a stack should be: objects that are declared together. Its services name networks, secrets and configs by their
 * names; ids are filled in where they are known.
 *
 * @param name the stack's name
 * @param networks the networks its services are on
 * @param files the secrets and configs it names
 * @param services its services
 * @param places where an object stands in the file it comes from, in words, by the object's kind and name
 */
public record StackSpec(
        String name, List<Net> networks, List<File> files, List<ServiceSpec> services, SortedMap<String, String> places) {
    public StackSpec {
        places = Copies.labels(places);
        networks = List.copyOf(networks);
        files = List.copyOf(files);
        services = List.copyOf(services);
    }

    /**
     * A network.
     *
     * @param name its whole name
     * @param own what it should be; empty if it is somebody else's, and must be there
     */
    public record Net(String name, Optional<NetworkSpec> own) {}

    /**
     * A secret or config.
     *
     * @param kind which of the two
     * @param name its whole name
     * @param own what it should be; empty if it is somebody else's, and must be there
     */
    public record File(BlobKind kind, String name, Optional<BlobSpec> own) {}
}
