package io.cardume.manager.cluster;

import java.time.Instant;

/**
 * A task on its way out, which no balancer and no name is to lead to any more. Its agent stops it when every node says so,
 * or has been waited for long enough.
 *
 * @param version the transaction in which it left the balancers' tables
 * @param since when that was; begins anew with the manager, for nobody could answer it meanwhile
 */
public record Leaving(long version, Instant since) {}
