package io.cardume.api;

import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many tasks of a service are kept running although their liveness check fails: when a check fails everywhere at
 * once, it is more likely the check than all of them. Said by {@code cardume.min-available}, a number or a percentage;
 * unsaid it is half, rounded down, so that a lone one is replaced.
 */
public final class HealingFloor {
    /** The label. */
    public static final String LABEL = "cardume.min-available";

    private static final int UNSAID = 50;
    private static final Pattern VALUE = Pattern.compile("([0-9]{1,5})(%?)");

    /** The label, as one of the families. */
    public static final ServiceLabels.Family FAMILY = ServiceLabels.Family.of(LABEL, HealingFloor::isRight,
            "a number of tasks such as 2, or a percentage of them from 0% to 100%");

    private HealingFloor() {}

    private static boolean isRight(String said) {
        Matcher value = VALUE.matcher(said);
        return value.matches() && (value.group(2).isEmpty() || Integer.parseInt(value.group(1)) <= 100);
    }

    /**
     * How many running tasks are not to be stopped for a failing check.
     *
     * @param labels the service's labels
     * @param wanted how many tasks it is a part of
     */
    public static int of(SortedMap<String, String> labels, int wanted) {
        return Optional.ofNullable(labels.get(LABEL)).filter(HealingFloor::isRight).map(said -> {
            Matcher value = VALUE.matcher(said);
            if (!value.matches()) throw new IllegalStateException(said);
            int number = Integer.parseInt(value.group(1));
            return value.group(2).isEmpty() ? number : Math.ceilDiv(wanted * number, 100);
        }).orElse(wanted * UNSAID / 100);
    }
}
