/** The manager: its settings, and where everything is built and wired. */
package io.cardume.manager;
