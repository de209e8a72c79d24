/** Keeps committed changes on disk and gives them back after a restart. */
package io.cardume.manager.store;
