/** The page of figures: reads what benchmarks have stored, and writes tables and charts of it. */
package io.cardume.bench.page;
