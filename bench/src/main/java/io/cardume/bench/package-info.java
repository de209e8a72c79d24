/** Benchmarks of the core with JMH: {@code mvn -pl bench -am process-classes exec:exec}. */
package io.cardume.bench;
