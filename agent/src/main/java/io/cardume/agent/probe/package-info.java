/** Runs checks of containers: HTTP and TCP from outside, commands within. */
package io.cardume.agent.probe;
