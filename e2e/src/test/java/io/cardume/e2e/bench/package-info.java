/** Cardume and Docker's own swarm mode on the same engines, measured in turns, next to the engines alone: {@code bin/bench}. */
package io.cardume.e2e.bench;
