package io.cardume.agent.probe;

/** What one check came to. */
sealed interface Outcome {
    /** All is well. */
    record Passed() implements Outcome {}

    /** Something is wrong, in words. */
    record Failed(String words) implements Outcome {}

    /** It could not be made, in words; that says nothing of the container. */
    record Unknown(String words) implements Outcome {}
}
