/** How the agent proves which node it is, and how it knows a manager of its cluster. */
package io.cardume.agent.trust;
