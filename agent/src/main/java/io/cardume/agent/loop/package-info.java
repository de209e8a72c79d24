/** Compares assignments with containers, starts actions, gathers results. */
package io.cardume.agent.loop;
