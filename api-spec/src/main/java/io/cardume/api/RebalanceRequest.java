package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Asks for tasks to be moved to better nodes.
 *
 * @param services of which services, by id or name; empty = of all for which something is gained
 */
public record RebalanceRequest(@JsonProperty("Services") List<String> services) {
    public RebalanceRequest {
        services = Copies.list(services);
    }
}
