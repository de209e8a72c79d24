/** The next action for one task, from what is wanted and what the engine shows; no clocks, threads or Docker. */
package io.cardume.agent.task;
