/** What manager and agent tell each other over their one connection. */
package io.cardume.api.link;
