package io.cardume.e2e;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waiting for a condition of the world, with a limit, and with the last state seen in the complaint. */
public final class Await {

    private static final Duration PAUSE = Duration.ofMillis(40);
    /** Of what was seen before the last look. */
    private static final int MOST_SHOWN = 5;
    private static final int LONGEST_SHOWN = 200;

    private Await() {
    }

    /**
     * Looks again and again until what is seen is as wanted, and gives that back.
     *
     * @param what  the condition in words, as in "3 tasks run"
     * @param limit how long it may take
     * @param look  takes a look; an exception counts as something seen that is not as wanted
     */
    public static <T> T until(String what, Duration limit, Callable<T> look, Predicate<T> wanted) {
        return until(what, limit, PAUSE, look, wanted);
    }

    /** The same with another pause between two looks. */
    public static <T> T until(String what, Duration limit, Duration pause, Callable<T> look, Predicate<T> wanted) {
        return until(what, limit, pause, look, wanted, () -> "");
    }

    /**
     * The same, and the complaint goes on with what explains it.
     *
     * @param evidence asked for only when the time is over
     */
    public static <T> T until(String what, Duration limit, Callable<T> look, Predicate<T> wanted, Supplier<String> evidence) {
        return until(what, limit, PAUSE, look, wanted, evidence);
    }

    private static <T> T until(String what, Duration limit, Duration pause, Callable<T> look, Predicate<T> wanted, Supplier<String> evidence) {
        Instant start = Instant.now();
        Map<String, Integer> before = new LinkedHashMap<>();
        String last = "";
        for (int looks = 0; looks == 0 || Duration.between(start, Instant.now()).compareTo(limit) < 0; looks++) {
            if (looks > 0) before.merge(last, 1, Integer::sum);
            try {
                T seen = look.call();
                if (wanted.test(seen)) {
                    return seen;
                }
                last = String.valueOf(seen);
            } catch (Exception e) {
                last = e.toString();
            }
            LockSupport.parkNanos(pause.toNanos());
        }
        throw new AssertionError("not within " + limit.toMillis() / 1000.0 + " s: " + what + "; last seen: " + last + earlier(before) + evidence.get());
    }

    /** What was seen before the last look, each once with how often. */
    private static String earlier(Map<String, Integer> before) {
        StringJoiner all = new StringJoiner("; ", "\nseen before: ", "").setEmptyValue("");
        before.entrySet().stream().limit(MOST_SHOWN).forEach(one -> all.add(one.getValue() + " times " + shown(one.getKey())));
        return all + (before.size() > MOST_SHOWN ? " and " + (before.size() - MOST_SHOWN) + " others" : "");
    }

    private static String shown(String seen) {
        return seen.length() <= LONGEST_SHOWN ? seen : seen.substring(0, LONGEST_SHOWN) + "…";
    }

    /** Looks until the condition holds. */
    public static void until(String what, Duration limit, Callable<Boolean> holds) {
        until(what, limit, holds, Boolean::booleanValue);
    }

    /** Looks for all of the time given and complains as soon as what is seen is not as wanted. */
    public static <T> void always(String what, Duration time, Callable<T> look, Predicate<T> wanted) {
        Instant start = Instant.now();
        do {
            T seen;
            try {
                seen = look.call();
            } catch (Exception e) {
                throw new AssertionError("not all the time: " + what, e);
            }
            if (!wanted.test(seen)) {
                throw new AssertionError("not all the time: " + what + "; seen after "
                        + Duration.between(start, Instant.now()).toMillis() + " ms: " + seen);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        } while (Duration.between(start, Instant.now()).compareTo(time) < 0);
    }
}
