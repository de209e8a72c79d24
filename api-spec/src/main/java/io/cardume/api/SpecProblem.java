package io.cardume.api;

/**
 * One thing in a request that cannot be accepted.
 *
 * @param notBuilt whether it is right for Swarm but not built here yet; otherwise it is wrong in itself
 * @param field path of the field, e.g. {@code TaskTemplate.ContainerSpec.Mounts[0].Target}; "" for the whole body
 * @param text the value and what is allowed instead, in words
 */
public record SpecProblem(boolean notBuilt, String field, String text) {
    /** A wrong value. */
    public static SpecProblem wrong(String field, String text) {
        return new SpecProblem(false, field, text);
    }

    /** Something that is not built yet, and the way that works today; "" where there is none. */
    public static SpecProblem notBuilt(String field, String instead) {
        return new SpecProblem(true, field, "is not built yet" + (instead.isEmpty() ? "" : "; " + instead));
    }

    /** All of it in one sentence. */
    @Override
    public String toString() {
        return field.isEmpty() ? text : field + ": " + text;
    }
}
