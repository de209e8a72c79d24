/**
 * The words said on the wire: ids, specs, states and what manager and agent tell each other.
 *
 * <p>Names and shapes of the specs are those of the Swarm part of the Docker Engine API (version 1.44). Values check and
 * copy themselves when made; there is no other behaviour here.
 */
package io.cardume.api;
