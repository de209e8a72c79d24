/** Reads a Compose file into what the objects of a stack should be, and says of what cannot be honoured where it stands. */
package io.cardume.manager.compose;
