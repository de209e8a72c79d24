package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Resolver settings of a container.
 *
 * @param nameservers addresses
 * @param search search domains
 * @param options resolver options
 */
public record DnsConfig(
        @JsonProperty("Nameservers") List<String> nameservers,
        @JsonProperty("Search") List<String> search,
        @JsonProperty("Options") List<String> options) {
    public DnsConfig {
        nameservers = Copies.list(nameservers);
        search = Copies.list(search);
        options = Copies.list(options);
    }
}
