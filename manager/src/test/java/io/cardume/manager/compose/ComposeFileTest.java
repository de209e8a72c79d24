package io.cardume.manager.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComposeFileTest {
    @Test
    void everythingAServiceMaySayBecomesItsSpec() {
        var web = service(whole("""
                version: "3.8"
                x-common: &common
                  logging: {driver: json-file, options: {max-size: 10m}}
                  stop_grace_period: 1m30s
                services:
                  web:
                    <<: *common
                    image: web:1
                    command: serve --name "a b" 'c d' e\\ f
                    entrypoint: [/bin/web, -v]
                    environment: {B: 2, A: x y, YES: yes}
                    labels: [tier=front]
                    hostname: web
                    working_dir: /srv
                    user: 1000:1000
                    group_add: [video]
                    tty: true
                    stdin_open: true
                    read_only: true
                    init: true
                    stop_signal: SIGINT
                    stop_grace_period: 20s
                    cap_add: [NET_ADMIN]
                    cap_drop: [ALL]
                    sysctls: {net.core.somaxconn: 1024}
                    ulimits: {nofile: {soft: 1000, hard: 2000}, nproc: 50}
                    extra_hosts: ["db:10.0.0.1", "six:::1"]
                    dns: 10.0.0.2
                    dns_search: [example.org]
                    expose: ["80"]
                    healthcheck: {test: curl -f localhost, interval: 5s, timeout: 1s, retries: 4, start_period: 10s}
                    volumes:
                      - data:/data:ro
                      - /srv/www:/www
                      - /cache
                      - {type: tmpfs, target: /tmp, tmpfs: {size: 64m, mode: 01777}}
                      - {type: bind, source: /etc/x, target: /etc/x, read_only: true, bind: {propagation: rslave}}
                    tmpfs: /run:size=1m
                    ports:
                      - {target: 80, published: 8080, mode: host}
                    depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
                    deploy:
                      replicas: 3
                      labels: {cardume.health: "http://:80/"}
                      resources:
                        limits: {cpus: "0.5", memory: 512M, pids: 100}
                        reservations: {cpus: 0.25, memory: 64m}
                      restart_policy: {condition: on-failure, delay: 2s, max_attempts: 3, window: 1m}
                      placement: {constraints: [node.role == worker], max_replicas_per_node: 2}
                  db: {image: "db:1"}
                  migrate: {image: "db:1", restart: "no"}
                volumes:
                  data: {driver: local, driver_opts: {o: x}, labels: {a: b}}
                """), "shop_web");
        var spec = Json.lenient().<JsonNode>valueToTree(web);
        var container = spec.at("/TaskTemplate/ContainerSpec");
        assertThat(web.labels()).isEqualTo(new TreeMap<>(Map.of("com.docker.stack.namespace", "shop", "com.docker.stack.image", "web:1",
                "cardume.health", "http://:80/", "cardume.after", "db:healthy,migrate:completed")));
        assertThat(container.get("Labels").toString()).isEqualTo("{\"com.docker.stack.namespace\":\"shop\",\"tier\":\"front\"}");
        assertThat(container.get("Args").toString()).isEqualTo("[\"serve\",\"--name\",\"a b\",\"c d\",\"e f\"]");
        assertThat(container.get("Command").toString()).isEqualTo("[\"/bin/web\",\"-v\"]");
        assertThat(container.get("Env").toString()).isEqualTo("[\"A=x y\",\"B=2\",\"YES=yes\"]");
        assertThat(container.get("StopGracePeriod").longValue()).isEqualTo(20_000_000_000L);
        assertThat(container.get("Hosts").toString()).isEqualTo("[\"10.0.0.1 db\",\"::1 six\"]");
        assertThat(container.get("Ulimits").toString()).isEqualTo(
                "[{\"Name\":\"nofile\",\"Soft\":1000,\"Hard\":2000},{\"Name\":\"nproc\",\"Soft\":50,\"Hard\":50}]");
        assertThat(container.at("/Healthcheck/Test").toString()).isEqualTo("[\"CMD-SHELL\",\"curl -f localhost\"]");
        assertThat(container.at("/DNSConfig/Nameservers").toString()).isEqualTo("[\"10.0.0.2\"]");
        var mounts = container.get("Mounts");
        assertThat(mounts).hasSize(6);
        assertThat(mounts.get(0).toString()).contains("\"/run\"", "\"SizeBytes\":1048576");
        assertThat(mounts.get(1).toString()).contains("\"Source\":\"shop_data\"", "\"ReadOnly\":true", "\"com.docker.stack.namespace\":\"shop\"",
                "\"a\":\"b\"", "\"Name\":\"local\"");
        assertThat(mounts.get(2).toString()).contains("\"bind\"", "\"/srv/www\"");
        assertThat(mounts.get(4).toString()).contains("\"SizeBytes\":67108864", "\"Mode\":1023");
        assertThat(spec.at("/TaskTemplate/Resources/Limits").toString()).isEqualTo("{\"NanoCPUs\":500000000,\"MemoryBytes\":536870912,\"Pids\":100}");
        assertThat(spec.at("/TaskTemplate/RestartPolicy/MaxAttempts").longValue()).isEqualTo(3);
        assertThat(spec.at("/TaskTemplate/LogDriver/Options/max-size").textValue()).isEqualTo("10m");
        assertThat(spec.at("/Mode/Replicated/Replicas").longValue()).isEqualTo(3);
        assertThat(spec.at("/EndpointSpec/Ports/0").toString()).contains("\"TargetPort\":80", "\"PublishedPort\":8080", "\"PublishMode\":\"host\"");
        assertThat(spec.at("/TaskTemplate/Networks/0/Target").textValue()).isEqualTo("shop_default");
        assertThat(spec.at("/TaskTemplate/Networks/0/Aliases").toString()).isEqualTo("[\"web\"]");
    }

    @Test
    void networksAndConfigsAreObjectsOfTheStack() {
        var stack = whole("""
                services:
                  web:
                    image: web:1
                    networks: {front: {aliases: [www]}}
                  log: {image: log:1, networks: [host]}
                networks:
                  front: {internal: true, ipam: {config: [{subnet: 10.9.0.0/24}]}}
                  host: {external: true}
                  unused: {}
                configs:
                  page: {content: "hello ${WHO}\\n"}
                  theirs: {external: true, name: their-config}
                """, Map.of("WHO", "you"));
        assertThat(stack.networks()).map(StackSpec.Net::name).containsExactly("shop_front", "host");
        assertThat(stack.networks().getFirst().own().orElseThrow().internal()).isTrue();
        assertThat(stack.files()).map(StackSpec.File::name).containsExactly("shop_page", "their-config");
        assertThat(new String(java.util.Base64.getDecoder().decode(Json.lenient().<JsonNode>valueToTree(stack.files().getFirst().own().orElseThrow())
                .get("Data").textValue()), java.nio.charset.StandardCharsets.UTF_8)).isEqualTo("hello you\n");
        var networks = Json.lenient().<JsonNode>valueToTree(service(stack, "shop_web").taskTemplate()).get("Networks");
        assertThat(networks.get(0).get("Aliases").toString()).isEqualTo("[\"web\",\"www\"]");
        networks = Json.lenient().<JsonNode>valueToTree(service(stack, "shop_log").taskTemplate()).get("Networks");
        assertThat(networks.get(0).toString()).isEqualTo("{\"Target\":\"host\"}");
    }

    @Test
    void everyFaultIsSaidAtOnceWithItsPlace() {
        var faults = faulty("""
                services:
                  web:
                    image: "web one"
                    buld: .
                    env_file: web.env
                    container_name: web
                    volumes: ["./www:/www", "data:/data"]
                    ports: ["127.0.0.1:80:80"]
                    deploy:
                      replicas: -1
                      resources: {limits: {cpus: lots, memory: 12q}}
                    depends_on: [bd]
                  db:
                    image: db:1
                secrets:
                  password: {file: ./password}
                """);
        assertThat(faults).map(Fault::toString).allMatch(text -> text.matches("line \\d+, column \\d+: [a-z]+.*"));
        assertThat(faults).map(fault -> fault.place().line() + ":" + fault.place().column() + " " + fault.field()).containsExactly(
                "3:12 services.web.image", "4:5 services.web.buld", "5:5 services.web.env_file", "6:5 services.web.container_name",
                "7:15 services.web.volumes[0]", "7:29 services.web.volumes[1]", "8:13 services.web.ports[0]",
                "10:17 services.web.deploy.replicas", "11:34 services.web.deploy.resources.limits.cpus",
                "11:48 services.web.deploy.resources.limits.memory", "12:18 services.web.depends_on[0]", "16:14 secrets.password.file");
        assertThat(faults.get(1).text()).contains("did you mean build?");
        assertThat(faults.get(2).text()).contains("does not come with the request").contains("environment");
        assertThat(faults.get(7).text()).contains("-1");
        assertThat(faults.get(10).text()).contains("did you mean db?");
        assertThat(faults.getLast().text()).contains("docker secret create");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            services: [                                                             | 1 | this is not YAML
            services: {a: {image: a}, a: {image: b}}                                | 1 | said twice
            services: {a: {image: "${TAG}"}}                                        | 1 | variable TAG has no value; give it with ?env=TAG=VALUE
            services: {a: {image: "${TAG:?say which}"}}                             | 1 | say which
            services: {a: {image: "${TAG"}}                                         | 1 | closing brace
            services: {a: {image: "cost $5"}}                                       | 1 | $$ is a dollar sign
            services: {a: {image: a, environment: [X]}}                             | 1 | X has no value
            services: {a: {build: .}}                                               | 1 | images are not built here
            services: {a: {image: a, networks: [n]}}                                | 1 | no network "n"
            services: {a: {image: a, configs: [c]}}                                 | 1 | under configs of the file
            services: {a: {image: a, depends_on: [b]}, b: {image: b, depends_on: [a]}}  | 1 | a starts after b starts after a
            services: {a: {image: a, depends_on: {b: {condition: service_completed_successfully}}}, b: {image: b}} | 1 | never completes
            services: {a: {image: a, depends_on: {b: {condition: service_started, restart: true}}}, b: {image: b}} | 1 | not restarted because
            services: {a: {image: a, deploy: {labels: {cardume.health: "ftp://x"}}}}| 1 | is not allowed
            services: {a: {image: a, deploy: {mode: globl}}}                        | 1 | did you mean global?
            services: {a: {image: a, restart: sometimes}}                           | 1 | on-failure
            services: {a: {image: a, restart: always, deploy: {restart_policy: {condition: any}}}} | 1 | say one of both
            services: {a: {image: a, command: "echo 'x"}}                           | 1 | every quote closed
            version: "2.4"                                                          | 1 | 3 to 3.13
            include: [other.yaml]                                                   | 1 | other files do not come with the request
            `{}`                                                                    | 1 | it has no services
            hello                                                                   | 1 | a mapping with services
            """)
    void whatCannotBeHonouredSaysWhatToDo(String text, int line, String words) {
        assertThat(faulty(text)).anySatisfy(fault -> {
            assertThat(fault.place().line()).isEqualTo(line);
            assertThat(fault.text()).contains(words);
        });
    }

    @Test
    void variablesArePutInAsComposeDoes() {
        var env = Map.of("A", "1", "EMPTY", "");
        assertThat(args("$A ${A} $$A", env)).containsExactly("1", "1", "$A");
        assertThat(args("${A:-x} ${B:-x} ${EMPTY:-y} ${EMPTY-z}w ${B-${A}2}", env)).containsExactly("1", "x", "y", "w", "12");
        assertThat(args("${A:+set}. ${B+set}. ${EMPTY:+set}. ${EMPTY+set}. ${A:-${B}}", env)).containsExactly("set.", ".", ".", "set.", "1");
    }

    @Test
    void aFileThatGrowsWithoutEndIsRefused() {
        var text = new StringBuilder("x-0: &x0 [a, b, c, d, e, f, g, h, i, j]\n");
        for (int i = 1; i < 9; i++) text.append("x-").append(i).append(": &x").append(i).append(" [").append(("*x" + (i - 1) + ", ").repeat(9)).append("z]\n");
        assertThat(faulty(text + "services: {a: {image: a}}")).singleElement()
                .satisfies(fault -> assertThat(fault.text()).contains("too large"));
    }

    @Test
    void aFileThatIsNestedWithoutEndIsRefused() {
        assertThat(faulty("services: " + "[".repeat(200_000))).singleElement()
                .satisfies(fault -> assertThat(fault.text()).contains("50 levels"));
        assertThat(faulty("services: &a {b: *a}")).isNotEmpty();
        assertThat(faulty("services: &a {<<: *a}")).isNotEmpty();
        assertThat(faulty("services: {a: {image: '" + "${A:-".repeat(10_000) + "'}}")).isNotEmpty();
    }

    @Test
    void theNameIsThatOfTheRequestOrOfTheFile() {
        assertThat(outcome("name: mine\nservices: {a: {image: a}}", "", Map.of())).isInstanceOfSatisfying(ComposeFile.Outcome.Whole.class,
                whole -> assertThat(whole.stack().name()).isEqualTo("mine"));
        assertThat(outcome("name: mine\nservices: {a: {image: a}}", "other", Map.of())).isInstanceOfSatisfying(ComposeFile.Outcome.Whole.class,
                whole -> assertThat(whole.stack().name()).isEqualTo("other"));
        assertThat(outcome("services: {a: {image: a}}", "", Map.of())).isInstanceOf(ComposeFile.Outcome.Faulty.class);
    }

    private static List<String> args(String command, Map<String, String> env) {
        return service(whole("services: {a: {image: a, command: '" + command + "'}}", env), "shop_a").taskTemplate().containerSpec().args();
    }

    private static ServiceSpec service(StackSpec stack, String name) {
        return stack.services().stream().filter(spec -> spec.name().equals(name)).findFirst().orElseThrow();
    }

    private static StackSpec whole(String text) {
        return whole(text, Map.of());
    }

    private static StackSpec whole(String text, Map<String, String> env) {
        return switch (outcome(text, "shop", env)) {
            case ComposeFile.Outcome.Whole(var stack) -> stack;
            case ComposeFile.Outcome.Faulty(var faults) -> throw new AssertionError(faults);
        };
    }

    private static List<Fault> faulty(String text) {
        return switch (outcome(text, "shop", Map.of())) {
            case ComposeFile.Outcome.Whole(var stack) -> throw new AssertionError(stack);
            case ComposeFile.Outcome.Faulty(var faults) -> faults;
        };
    }

    private static ComposeFile.Outcome outcome(String text, String stack, Map<String, String> env) {
        return ComposeFile.read(text, stack, new TreeMap<>(env));
    }
}
