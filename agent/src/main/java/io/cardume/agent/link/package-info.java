/** The agent's side of the conversation with the manager. */
package io.cardume.agent.link;
