package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import java.util.function.Function;

/**
 * A command about a service whose caller sent a registry login along: it is kept with the service, in the same transaction,
 * instead of the one before.
 *
 * @param command the command
 * @param login the login, sealed
 * @param service whose it is, from the command's answer
 * @param <A> the command's answer
 */
public record WithLogin<A>(Command<A> command, String login, Function<A, ServiceId> service) implements Command<A> {
    @Override
    public A apply(Draft draft) throws Refusal {
        var answer = command.apply(draft);
        draft.add(new Change.LoginPut(service.apply(answer), login));
        return answer;
    }
}
