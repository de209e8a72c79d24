/** The page of figures: what of the machine is stored with them, and the tables and charts that are written of what benchmarks have stored. */
package io.cardume.bench.page;
