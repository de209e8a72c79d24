package io.cardume.agent.task;

/** What the agent's own checks of a container have found so far. */
public sealed interface ProbeVerdict {
    /** No check has passed, and none has failed for good. */
    record Unknown() implements ProbeVerdict {}

    /** A check has passed. */
    record Healthy() implements ProbeVerdict {}

    /** The checks have failed for good; the last one's output in words. */
    record Failed(String words) implements ProbeVerdict {}
}
