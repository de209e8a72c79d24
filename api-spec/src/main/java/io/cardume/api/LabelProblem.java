package io.cardume.api;

/**
 * One label that cannot be understood.
 *
 * @param label which
 * @param value what it says
 * @param allowed what it may say, in words
 */
public record LabelProblem(String label, String value, String allowed) {
    /** All three in one sentence. */
    @Override
    public String toString() {
        return "label " + label + "=" + value + ": allowed is " + allowed;
    }
}
