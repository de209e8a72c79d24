/** Turns requests into commands, and published state into answers. */
package io.cardume.manager.http;
