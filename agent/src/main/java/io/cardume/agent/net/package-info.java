/** The host's devices that join its bridges to those of other hosts, and the only room that runs {@code ip} and {@code bridge}. */
package io.cardume.agent.net;
