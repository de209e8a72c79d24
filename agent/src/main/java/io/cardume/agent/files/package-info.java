/** The files that containers are given: puts secrets and configs where the engine can bind them, and takes them away. */
package io.cardume.agent.files;
