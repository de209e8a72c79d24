/** Builds and wires an agent. */
package io.cardume.agent;
