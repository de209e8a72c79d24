package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A user of the API as an admin asks for one.
 *
 * @param name its name; "" where the path says it
 * @param role what it may do
 * @param namespaces the stacks it keeps to; empty = everything
 * @param publicKey its public key in PEM, of an elliptic curve, for a certificate; absent = a token only
 */
public record UserSpec(
        @JsonProperty("Name") String name, @JsonProperty("Role") Optional<UserRole> role, @JsonProperty("Namespaces") List<String> namespaces,
        @JsonProperty("PublicKey") Optional<String> publicKey) {
    private static final int MOST_NAMESPACES = 100;
    private static final Pattern NAMESPACE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");

    public UserSpec {
        name = Copies.text(name);
        role = Copies.optional(role);
        namespaces = Copies.list(namespaces);
        publicKey = Copies.optional(publicKey);
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
        if (!named && spec.publicKey.isPresent()) problems.add(SpecProblem.wrong("PublicKey", "another certificate is made by /users/{name}/rotate"));
        if (spec.role.isEmpty()) problems.add(SpecProblem.wrong("Role", "it is missing; it is one of viewer, deployer, admin"));
        for (int i = 0; i < spec.namespaces.size(); i++)
            if (!NAMESPACE.matcher(spec.namespaces.get(i)).matches())
                problems.add(SpecProblem.wrong("Namespaces[" + i + "]", "\"" + WireReader.shown(spec.namespaces.get(i))
                        + "\" is not allowed; it is a stack's name: 1 to 63 letters, digits, _, . and -, a letter or digit first"));
        if (spec.namespaces.size() > MOST_NAMESPACES) problems.add(SpecProblem.wrong("Namespaces", "there are more than " + MOST_NAMESPACES));
        if (!spec.namespaces.isEmpty() && spec.role.equals(Optional.of(UserRole.ADMIN)))
            problems.add(SpecProblem.wrong("Namespaces", "an admin has none: what rules the cluster is of no namespace; make it a deployer or a viewer"));
        return problems.isEmpty() ? read : new Reading.Invalid<>(problems);
    }
}
