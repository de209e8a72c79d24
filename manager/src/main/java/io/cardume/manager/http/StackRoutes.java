package io.cardume.manager.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import io.cardume.api.Nearest;
import io.cardume.api.ServiceSpec;
import io.cardume.api.ServiceSpecs;
import io.cardume.api.StackSpec;
import io.cardume.api.UserRole;
import io.cardume.manager.compose.ComposeFile;
import io.cardume.manager.compose.Fault;
import io.cardume.manager.loop.ApplyStack;
import io.cardume.manager.loop.ManagerLoop;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Stacks, as Compose files say them. */
final class StackRoutes {
    private static final Set<String> QUERY = Set.of("stack", "dryRun", "prune", "env");

    private final ManagerLoop loop;
    private final Asking asking;

    StackRoutes(ManagerLoop loop) {
        this.loop = loop;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(Route.post("/apply", UserRole.DEPLOYER, this::apply));
    }

    private void apply(Exchange exchange) throws Exception {
        Lookup.cluster(loop.published());
        // A misspelt dryRun must not carry out what was only to be looked at.
        for (String name : exchange.context().queryParamMap().keySet())
            if (!QUERY.contains(name))
                throw new ApiException(400, "there is no query parameter \"" + name + "\" here" + Nearest.hint(name, new TreeSet<>(QUERY)));
        if (!exchange.header("X-Registry-Auth").isBlank())
            throw new ApiException(501, "X-Registry-Auth: a login with a whole stack is not built yet; use docker stack deploy --with-registry-auth");
        switch (ComposeFile.read(text(exchange), exchange.query("stack"), variables(exchange))) {
            case ComposeFile.Outcome.Faulty(var faults) -> refuse(exchange, faults);
            case ComposeFile.Outcome.Whole(var stack) -> apply(exchange, stack);
        }
    }

    private static String text(Exchange exchange) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(exchange.body())).toString();
        } catch (CharacterCodingException e) {
            throw new ApiException(400, "the request's body is not text in UTF-8; it is a Compose file");
        }
    }

    private static TreeMap<String, String> variables(Exchange exchange) {
        var variables = new TreeMap<String, String>();
        for (String said : exchange.context().queryParams("env")) {
            int equal = said.indexOf('=');
            if (equal <= 0) throw new ApiException(400, "env: \"" + said + "\" is not allowed; it is NAME=VALUE, once for each variable of the file");
            variables.put(said.substring(0, equal), said.substring(equal + 1));
        }
        return variables;
    }

    private static void refuse(Exchange exchange, List<Fault> faults) {
        var answer = Exchange.object().put("message", faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        var list = answer.putArray("Faults");
        for (Fault fault : faults)
            list.addObject().put("Line", fault.place().line()).put("Column", fault.place().column()).put("Field", fault.field())
                    .put("Text", fault.text()).put("NotBuilt", fault.notBuilt());
        exchange.json(faults.stream().allMatch(Fault::notBuilt) ? 501 : 400, answer);
    }

    private void apply(Exchange exchange, StackSpec stack) {
        // What would be different, and that nothing would, tells of what there is.
        if (!exchange.spaces().has(stack.name()))
            throw new ApiException(403, exchange.caller().words() + " is " + exchange.caller().role().one() + " of "
                    + String.join(", ", exchange.spaces().names()) + ", and stack " + stack.name() + " is not; an admin may");
        boolean dryRun = exchange.flag("dryRun");
        var command = new ApplyStack(stack, exchange.flag("prune"), exchange.spaces());
        var applied = dryRun ? asking.tryOut(exchange, command) : asking.done(exchange, command);
        var answer = Exchange.object().put("Stack", stack.name()).put("DryRun", dryRun)
                .put("Changed", applied.stream().anyMatch(object -> object.action() != ApplyStack.Action.NOTHING));
        var objects = answer.putArray("Objects");
        applied.forEach(object -> objects.add(view(object, dryRun)));
        exchange.json(200, answer);
    }

    private static ObjectNode view(ApplyStack.Applied object, boolean dryRun) {
        var view = Exchange.object().put("Kind", object.kind()).put("Name", object.name());
        // An object that is only thought of has no id.
        if (!dryRun || object.action() != ApplyStack.Action.CREATE) view.put("ID", object.id());
        view.put("Action", object.action().name().toLowerCase(Locale.ROOT));
        if (!object.kind().equals("service")) return view;
        if (object.action() == ApplyStack.Action.CHANGE)
            differences(view.putArray("Fields"), "", tree(object.before().orElseThrow()), tree(object.after().orElseThrow()));
        object.after().filter(spec -> spec.mode().replicated().isPresent()).ifPresent(spec -> view.put("Replicas", spec.replicas()));
        return view.put("LowestServing", object.lowest());
    }

    private static JsonNode tree(ServiceSpec spec) {
        return Json.lenient().valueToTree(spec);
    }

    /** Every field that differs, with what it was and what it is; lists count as one. */
    private static void differences(ArrayNode fields, String path, JsonNode before, JsonNode after) {
        if (before.equals(after) || ServiceSpecs.saysNothing(before) && ServiceSpecs.saysNothing(after)) return;
        if (before.isObject() && after.isObject()) {
            var names = new TreeSet<String>();
            before.fieldNames().forEachRemaining(names::add);
            after.fieldNames().forEachRemaining(names::add);
            boolean free = path.equals("Labels") || path.endsWith(".Labels");
            for (String name : names)
                differences(fields, path.isEmpty() ? name : free ? path + "[\"" + name + "\"]" : path + "." + name,
                        before.path(name), after.path(name));
            return;
        }
        fields.addObject().put("Field", path).<ObjectNode>set("From", shown(before)).set("To", shown(after));
    }

    private static JsonNode shown(JsonNode value) {
        return value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value;
    }
}
