/** The whole system as its users meet it: real engines on a fleet of hosts, real processes, the real docker CLI. */
package io.cardume.e2e;
