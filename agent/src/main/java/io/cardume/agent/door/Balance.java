package io.cardume.agent.door;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Whose turn it is: services in proportion to their weights, evenly mixed; the tasks of a service one after the other.
 */
final class Balance {
    private final List<Member> members;
    private final int[] credit;
    private final int[] turn;

    Balance(List<Member> members) {
        this.members = List.copyOf(members);
        this.credit = new int[members.size()];
        this.turn = new int[members.size()];
        // Many doors that are told the same at the same time must not all begin with the same task.
        for (int i = 0; i < turn.length; i++) turn[i] = ThreadLocalRandom.current().nextInt(1 << 20);
    }

    /**
     * The next one.
     *
     * @param tried tasks that are out of the question
     * @param ill tasks that are taken only if there is no other
     */
    synchronized Optional<Route.Pick> next(Set<Target> tried, Predicate<Target> ill) {
        Predicate<Target> open = target -> !tried.contains(target);
        var well = next(open.and(ill.negate()));
        return well.isPresent() ? well : next(open);
    }

    private Optional<Route.Pick> next(Predicate<Target> open) {
        int chosen = -1;
        int sum = 0;
        for (int i = 0; i < credit.length; i++) {
            var member = members.get(i);
            int weight = member.labels().weight();
            if (weight == 0 || member.targets().stream().noneMatch(open)) continue;
            credit[i] += weight;
            sum += weight;
            if (chosen < 0 || credit[i] > credit[chosen]) chosen = i;
        }
        if (chosen < 0) return Optional.empty();
        credit[chosen] -= sum;
        var member = members.get(chosen);
        int size = member.targets().size();
        for (int i = 0; i < size; i++) {
            var target = member.targets().get(Math.floorMod(turn[chosen]++, size));
            if (open.test(target)) return Optional.of(new Route.Pick(member, target));
        }
        throw new IllegalStateException("a target was open and is not");
    }
}
