package io.cardume.agent.probe;

/** A check that can be made again and again, by one thread. */
interface Check {
    /** Makes it; it ends within about the probe's timeout. */
    Outcome run() throws InterruptedException;
}
