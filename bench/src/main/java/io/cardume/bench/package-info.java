/** Benchmarks of the core with JMH: run by {@code bench/planner}. */
package io.cardume.bench;
