/** The manager's side of the conversation with agents. */
package io.cardume.manager.link;
