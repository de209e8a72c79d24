package io.cardume.manager.loop;

import io.cardume.api.ImageRegistry;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Login;
import java.util.List;
import java.util.function.Function;

/**
 * A command about a service whose caller sent a registry login along: it is kept with the service, in the same transaction,
 * instead of the one before, for the registry of the image it came with.
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
        var id = service.apply(answer);
        var image = draft.state().services().get(id).spec().taskTemplate().containerSpec().image();
        draft.add(new Change.LoginPut(id, new Login(ImageRegistry.of(image), login)));
        return answer;
    }

    @Override
    public List<String> declares() {
        return command.declares();
    }
}
