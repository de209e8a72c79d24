/** Who may speak: the cluster's certificate authority, what is sealed with the manager's key, and the manager's side of TLS. */
package io.cardume.manager.trust;
