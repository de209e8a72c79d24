package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The version an update must name.
 *
 * @param index number of the transaction that last changed the object
 */
public record ObjectVersion(@JsonProperty("Index") long index) {}
