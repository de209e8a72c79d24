/**
 * What should change: a function of what the cluster is and what time it is. A planner remembers things from plan to plan to be quicker,
 * and forgets them where they might not hold: what it decides never depends on them.
 */
package io.cardume.manager.plan;
