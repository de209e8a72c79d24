/** The only writer: takes commands in turn, plans, commits, publishes. */
package io.cardume.manager.loop;
