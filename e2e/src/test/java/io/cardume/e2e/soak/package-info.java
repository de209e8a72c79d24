/** Hours of gentle churn on a fleet: whether memory, threads, open files and what is left on the hosts stay as they are. */
package io.cardume.e2e.soak;
