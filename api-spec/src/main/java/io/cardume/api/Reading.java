package io.cardume.api;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What came of reading a request's body.
 *
 * @param <T> what it says
 */
public sealed interface Reading<T> {
    /** It is right. */
    record Valid<T>(T value) implements Reading<T> {}

    /** It cannot be accepted; there is at least one problem. */
    record Invalid<T>(List<SpecProblem> problems) implements Reading<T> {
        public Invalid {
            problems = List.copyOf(problems);
            if (problems.isEmpty()) throw new IllegalArgumentException("invalid, but nothing is wrong");
        }

        /** Whether nothing is wrong in it, only not built yet. */
        public boolean notBuilt() {
            return problems.stream().allMatch(SpecProblem::notBuilt);
        }

        /** All problems in one text, what is wrong before what is not built. */
        public String message() {
            return problems.stream().sorted((a, b) -> Boolean.compare(a.notBuilt(), b.notBuilt()))
                    .map(SpecProblem::toString).distinct().collect(Collectors.joining("; "));
        }
    }
}
