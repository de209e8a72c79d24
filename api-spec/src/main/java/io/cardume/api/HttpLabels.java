package io.cardume.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How a service is reached by HTTP on every node, as its labels say. Services of the same host and path share their requests.
 *
 * @param hosts the names it answers to, in small letters, {@code *.} in front for every name below; empty = every name
 * @param path what the paths it answers to begin with, by whole segments; {@code /} = every path, otherwise without a slash at its end
 * @param port its containers' port
 * @param weight how many requests it gets for each that one of weight 1 gets; 0 = only those that stick to it
 * @param sticky the name of the cookie that keeps a client with one task; empty = none does
 * @param tls the name of the secret with the hosts' certificate and key; empty = plain HTTP
 * @param timeout how long a request waits for the first byte of its answer; zero = without end
 */
public record HttpLabels(
        List<String> hosts, String path, int port, int weight, Optional<String> sticky, Optional<String> tls, Duration timeout) {
    /** The containers' port: with it a service is reached by HTTP. */
    public static final String PORT = "cardume.http.port";
    /** The names it answers to, with commas. */
    public static final String HOST = "cardume.http.host";
    /** What the paths it answers to begin with. */
    public static final String PATH = "cardume.http.path";
    /** Its share of the requests. */
    public static final String WEIGHT = "cardume.http.weight";
    /** The name of a cookie. */
    public static final String STICKY = "cardume.http.sticky";
    /** The name of a secret. */
    public static final String TLS = "cardume.http.tls";
    /** How long an answer may take to begin. */
    public static final String TIMEOUT = "cardume.http.timeout";

    private static final List<String> ALL = List.of(HOST, PATH, PORT, STICKY, TIMEOUT, TLS, WEIGHT);
    private static final int MOST_WEIGHT = 1_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Pattern NAME = Pattern.compile("(?:\\*\\.)?[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*");
    private static final Pattern BEGINNING = Pattern.compile("/|(?:/[A-Za-z0-9._~!$&'()*+,=:@%-]+)+/?");
    private static final Pattern COOKIE = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");

    /** The family of these labels. */
    public static final ServiceLabels.Family FAMILY = new ServiceLabels.Family(ALL, HttpLabels::problems);

    public HttpLabels {
        hosts = List.copyOf(hosts);
    }

    /** What labels say that have been found right; empty if the service is not reached by HTTP, or they are wrong. */
    public static Optional<HttpLabels> of(SortedMap<String, String> labels) {
        if (!labels.containsKey(PORT) || !problems(labels).isEmpty()) return Optional.empty();
        var path = labels.getOrDefault(PATH, "/");
        return Optional.of(new HttpLabels(
                hosts(labels),
                path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path,
                Integer.parseInt(labels.get(PORT)),
                Integer.parseInt(labels.getOrDefault(WEIGHT, "1")),
                Optional.ofNullable(labels.get(STICKY)),
                Optional.ofNullable(labels.get(TLS)),
                Optional.ofNullable(labels.get(TIMEOUT)).flatMap(GoDuration::parse).orElse(MINUTE)));
    }

    private static List<LabelProblem> problems(ServiceSpec spec) {
        var problems = new ArrayList<>(problems(spec.labels()));
        if (spec.labels().containsKey(PORT) && spec.mode().runsToEnd())
            problems.add(new LabelProblem(PORT, spec.labels().get(PORT), "there only with Mode.Replicated or Mode.Global: a job answers no requests"));
        return problems;
    }

    private static List<LabelProblem> problems(SortedMap<String, String> all) {
        var problems = new ArrayList<LabelProblem>();
        var labels = new TreeMap<>(all);
        labels.keySet().retainAll(ALL);
        if (!labels.containsKey(PORT))
            labels.forEach((label, value) -> problems.add(new LabelProblem(label, value, "only together with " + PORT)));
        wrong(problems, labels, PORT, said -> isNumber(said, 1, 65_535), "a port of the container, 1 to 65535");
        wrong(problems, labels, HOST, said -> hosts(labels).stream().allMatch(name -> name.length() <= 253 && NAME.matcher(name).matches()),
                "names such as shop.example or *.shop.example, with commas, without a port");
        wrong(problems, labels, PATH, said -> said.length() <= 1_024 && BEGINNING.matcher(said).matches()
                        && Stream.of(said.split("/")).noneMatch(segment -> segment.equals(".") || segment.equals("..")),
                "a path such as / or /shop: what it consists of is compared as it is sent, without a query");
        wrong(problems, labels, WEIGHT, said -> isNumber(said, 0, MOST_WEIGHT), "a number from 0 to " + MOST_WEIGHT);
        wrong(problems, labels, STICKY, said -> COOKIE.matcher(said).matches(), "the name of a cookie: 1 to 64 characters a-z, A-Z, 0-9, _ and -");
        wrong(problems, labels, TLS, BlobSpecs::isName, "the name of a secret with a certificate and its key in PEM");
        wrong(problems, labels, TIMEOUT, said -> GoDuration.parse(said).isPresent(), "a duration such as 30s or 5m; 0 = no limit");
        return problems;
    }

    private static void wrong(
            List<LabelProblem> problems, SortedMap<String, String> labels, String label, Predicate<String> right, String allowed) {
        if (labels.containsKey(label) && !right.test(labels.get(label))) problems.add(new LabelProblem(label, labels.get(label), allowed));
    }

    private static List<String> hosts(SortedMap<String, String> labels) {
        var said = labels.get(HOST);
        return said == null ? List.of()
                : Stream.of(said.split(",", -1)).map(name -> name.strip().toLowerCase(Locale.ROOT)).distinct().toList();
    }

    private static boolean isNumber(String said, int least, int most) {
        return NUMBER.matcher(said).matches() && Integer.parseInt(said) >= least && Integer.parseInt(said) <= most;
    }
}
