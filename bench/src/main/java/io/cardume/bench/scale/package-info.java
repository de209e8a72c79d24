/** Many agents in one process that speak to a real manager as agents do, and run no containers. */
package io.cardume.bench.scale;
