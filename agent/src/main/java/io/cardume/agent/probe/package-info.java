/** Runs health checks from outside the container: HTTP and TCP. */
package io.cardume.agent.probe;
