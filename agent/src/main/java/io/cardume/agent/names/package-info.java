/** Answers containers what the names on their networks lead to, and the only room that knows dnsjava. */
package io.cardume.agent.names;
