/** What the cluster is: one immutable, versioned value, and the changes that make the next one of it. */
package io.cardume.manager.cluster;
