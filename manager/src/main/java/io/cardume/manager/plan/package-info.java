/** What should change: a pure function of what the cluster is and what time it is. */
package io.cardume.manager.plan;
