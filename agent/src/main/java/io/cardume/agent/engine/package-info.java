/** The local container engine, and the only room that knows docker-java. */
package io.cardume.agent.engine;
