package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Optional;

/**
 * A user of the API as an admin asks for one.
 *
 * @param name its name; "" where the path says it
 * @param role what it may do
 */
public record UserSpec(@JsonProperty("Name") String name, @JsonProperty("Role") Optional<UserRole> role) {
    public UserSpec {
        name = Copies.text(name);
        role = Copies.optional(role);
    }

    /**
     * Reads one; an unknown field is a problem, for a right that is misspelt must not be given otherwise.
     *
     * @param named whether the body says the name
     */
    public static Reading<UserSpec> read(JsonNode tree, boolean named) {
        var read = WireReader.read(tree, UserSpec.class, true, _ -> false);
        if (!(read instanceof Reading.Valid<UserSpec>(var spec))) return read;
        var problems = new ArrayList<SpecProblem>();
        if (named && !UserName.isName(spec.name))
            problems.add(SpecProblem.wrong("Name", "\"" + WireReader.shown(spec.name) + "\" is not allowed; it is " + UserName.FORM));
        if (!named && !spec.name.isEmpty()) problems.add(SpecProblem.wrong("Name", "it is said by the path and stays as it is"));
        if (spec.role.isEmpty()) problems.add(SpecProblem.wrong("Role", "it is missing; it is one of viewer, deployer, admin"));
        return problems.isEmpty() ? read : new Reading.Invalid<>(problems);
    }
}
