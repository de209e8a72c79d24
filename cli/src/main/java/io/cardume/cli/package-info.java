/** The commands: reads settings from flags and environment, and starts a manager, an agent, or both. */
package io.cardume.cli;
