/** What both sides of a connection know of certificates and join tokens. */
package io.cardume.api.trust;
