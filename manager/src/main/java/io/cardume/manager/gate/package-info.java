/** Who is connected to the manager's ports: how many, how often they ask, and how long they may keep it waiting. */
package io.cardume.manager.gate;
