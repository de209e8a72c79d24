package io.cardume.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.PrivateFile;
import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.api.trust.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Users of the API, asked for on the manager's own host. */
@Command(
        name = "user",
        description = {
            "Users of the API: who may ask it from other hosts, and what each may do.",
            "It asks the manager on this host; whoever may open its socket, or reach its loopback address, is an admin."
        },
        subcommands = {UserCommand.Add.class, UserCommand.Ls.class, UserCommand.Update.class, UserCommand.Rotate.class, UserCommand.Rm.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class UserCommand {
    @Mixin
    private ManagerHere manager;

    /** Reads a role's word. */
    static final class RoleConverter implements ITypeConverter<UserRole> {
        @Override
        public UserRole convert(String text) {
            for (UserRole role : UserRole.values()) if (role.word().equals(text.toLowerCase(Locale.ROOT))) return role;
            throw new TypeConversionException("'" + text + "' is no role; it is viewer, deployer or admin");
        }
    }

    /** Reads a user's name. */
    static final class NameConverter implements ITypeConverter<UserName> {
        @Override
        public UserName convert(String text) {
            if (!UserName.isName(text)) throw new TypeConversionException("'" + text + "' is no user's name; it is " + UserName.FORM);
            return new UserName(text);
        }
    }

    /** The stacks that a user keeps to. */
    static final class Namespaces {
        @Option(
                names = "--namespace",
                paramLabel = "STACK",
                split = ",",
                description = {
                    "A stack it keeps to: it sees and changes what has the label com.docker.stack.namespace=STACK, and nothing else;",
                    "may be given several times, or as a list with commas. An admin has none.",
                    "CARDUME_NAMESPACE, default none: it sees everything"
                })
        private List<String> stacks = new ArrayList<>();
    }

    /** Where credentials are written. */
    static final class Out {
        @Option(
                names = "--out",
                paramLabel = "DIR",
                description = {
                    "Where its certificate, its key and the cluster's root are written, for DOCKER_CERT_PATH; made if missing.",
                    "CARDUME_OUT, default none: it has a token only"
                })
        private Optional<Path> directory;
    }

    private static ObjectNode spec(UserRole role, Namespaces namespaces) {
        var spec = JsonNodeFactory.instance.objectNode().put("Role", role.word());
        namespaces.stacks.forEach(spec.putArray("Namespaces")::add);
        return spec;
    }

    /** A key pair that never leaves this host, and the directory it goes to. */
    private record Credentials(Path directory, KeyPair keys) {
        static Credentials in(Path directory) throws IOException {
            Files.createDirectories(directory);
            try {
                var generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp256r1"));
                return new Credentials(directory, generator.generateKeyPair());
            } catch (GeneralSecurityException e) {
                throw new IOException("the JDK makes no keys", e);
            }
        }

        void write(JsonNode answer) throws IOException {
            PrivateFile.replace(directory.resolve("key.pem"), Pem.of(keys.getPrivate()).strip());
            PrivateFile.replace(directory.resolve("cert.pem"), answer.path("Certificate").asText().strip());
            PrivateFile.replace(directory.resolve("ca.pem"), answer.path("CA").asText().strip());
        }
    }

    /** Asks for credentials, and writes and shows them. */
    private void credentials(CommandSpec spec, Out out, String path, ObjectNode body) throws IOException, InterruptedException {
        if (out.directory.isEmpty()) {
            show(spec, manager.ask("POST", path, body.toString()));
            return;
        }
        var made = Credentials.in(out.directory.get());
        var answer = manager.ask("POST", path, body.put("PublicKey", Pem.of(made.keys.getPublic())).toString());
        made.write(answer);
        spec.commandLine().getErr().println("Its certificate, its key and the cluster's root are in " + out.directory.get()
                + ": DOCKER_HOST=tcp://MANAGER:2476 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=" + out.directory.get());
        show(spec, answer);
    }

    /** The token goes to stdout alone, so that a script can take it from there. */
    private static void show(CommandSpec spec, JsonNode credentials) {
        spec.commandLine().getErr().println("The token of " + credentials.path("Name").asText()
                + " is shown this once; it is sent as \"Authorization: Bearer TOKEN\".");
        spec.commandLine().getOut().println(credentials.path("Token").asText());
    }

    /** A new user. */
    @Command(name = "add", description = "Makes a user and prints its token, once.", mixinStandardHelpOptions = true, sortOptions = false)
    static final class Add implements Callable<Integer> {
        @ParentCommand
        private UserCommand parent;

        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "NAME", converter = NameConverter.class, description = "Its name.")
        private UserName name;

        @Option(
                names = "--role",
                paramLabel = "viewer|deployer|admin",
                required = true,
                converter = RoleConverter.class,
                description = {
                    "What it may do: a viewer reads; a deployer also changes services, networks, secrets and configs and runs commands",
                    "in containers; an admin changes everything.",
                    "CARDUME_ROLE, default none; it is needed"
                })
        private UserRole role;

        @Mixin
        private Namespaces namespaces;

        @Mixin
        private Out out;

        @Override
        public Integer call() throws IOException, InterruptedException {
            parent.credentials(spec, out, "/users/create", spec(role, namespaces).put("Name", name.value()));
            return 0;
        }
    }

    /** All users. */
    @Command(name = "ls", description = "Lists the users.", mixinStandardHelpOptions = true)
    static final class Ls implements Callable<Integer> {
        @ParentCommand
        private UserCommand parent;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws IOException, InterruptedException {
            var out = spec.commandLine().getOut();
            out.printf("%-24s %-10s %-22s %-22s %s%n", "NAME", "ROLE", "UPDATED", "CERTIFICATE UNTIL", "NAMESPACES");
            for (JsonNode user : parent.manager.ask("GET", "/users", ""))
                out.printf("%-24s %-10s %-22s %-22s %s%n", user.path("Name").asText(), user.path("Role").asText(), second(user.path("UpdatedAt").asText()),
                        second(user.path("CertificateExpiresAt").asText("none")), namespaces(user));
            out.flush();
            return 0;
        }
    }

    private static String second(String time) {
        return time.replaceAll("\\.[0-9]+Z$", "Z");
    }

    private static String namespaces(JsonNode user) {
        var names = new ArrayList<String>();
        user.path("Namespaces").forEach(name -> names.add(name.asText()));
        return names.isEmpty() ? "all" : String.join(",", names);
    }

    /** Another role. */
    @Command(
            name = "update",
            description = "Gives a user this role and these namespaces, instead of those it has; it holds from its next request, and streams it has open end.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    static final class Update implements Callable<Integer> {
        @ParentCommand
        private UserCommand parent;

        @Parameters(paramLabel = "NAME", converter = NameConverter.class, description = "Its name.")
        private UserName name;

        @Option(
                names = "--role",
                paramLabel = "viewer|deployer|admin",
                required = true,
                converter = RoleConverter.class,
                description = {"What it may do from now on.", "CARDUME_ROLE, default none; it is needed"})
        private UserRole role;

        @Mixin
        private Namespaces namespaces;

        @Override
        public Integer call() throws IOException, InterruptedException {
            parent.manager.ask("POST", "/users/" + name + "/update", spec(role, namespaces).toString());
            return 0;
        }
    }

    /** Another token. */
    @Command(
            name = "rotate",
            description = "Gives a user another token, and another certificate or none. Those before are worth nothing at once.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @ParentCommand
        private UserCommand parent;

        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "NAME", converter = NameConverter.class, description = "Its name.")
        private UserName name;

        @Mixin
        private Out out;

        @Override
        public Integer call() throws IOException, InterruptedException {
            parent.credentials(spec, out, "/users/" + name + "/rotate", JsonNodeFactory.instance.objectNode());
            return 0;
        }
    }

    /** No such user any more. */
    @Command(name = "rm", description = "Removes a user; streams it has open end.", mixinStandardHelpOptions = true)
    static final class Rm implements Callable<Integer> {
        @ParentCommand
        private UserCommand parent;

        @Parameters(paramLabel = "NAME", converter = NameConverter.class, description = "Its name.")
        private UserName name;

        @Override
        public Integer call() throws IOException, InterruptedException {
            parent.manager.ask("DELETE", "/users/" + name, "");
            return 0;
        }
    }
}
