/** Answers HTTP on ports of the host for services, by host and path. */
package io.cardume.agent.door;
