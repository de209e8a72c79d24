package io.cardume.bench.scale;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The manager's API as a client uses it: one connection, kept open. */
final class Api {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int BUSY = 503;
    private static final int TRIES = 60;
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final Pattern GAUGE = Pattern.compile("(?m)^(cardume_(?:tasks|nodes))\\{state=\"(\\w+)\"} ([0-9.E+]+)$");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String root;

    Api(int port) {
        this.root = "http://127.0.0.1:" + port;
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(root + path)).timeout(PATIENCE);
    }

    private String done(HttpRequest request) throws IOException, InterruptedException {
        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        // As any client of an API does that is told to.
        for (int i = 0; i < TRIES && answer.statusCode() == BUSY && answer.body().contains("try again"); i++) {
            Thread.sleep(AGAIN);
            answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        }
        if (answer.statusCode() >= 300) throw new IOException(request.method() + " " + request.uri().getPath() + ": " + answer.statusCode() + " " + answer.body().strip());
        return answer.body();
    }

    String get(String path) throws IOException, InterruptedException {
        return done(to(path).GET().build());
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        return Json.lenient().readTree(get(path));
    }

    JsonNode post(String path, String body) throws IOException, InterruptedException {
        var answer = done(to(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build());
        return answer.isBlank() || !answer.startsWith("{") ? Json.lenient().createObjectNode() : Json.lenient().readTree(answer);
    }

    /** How many objects the manager has in each state, by {@code tasks/running} and the like. */
    SortedMap<String, Long> counts() throws IOException, InterruptedException {
        var counts = new TreeMap<String, Long>();
        var matcher = GAUGE.matcher(get("/metrics"));
        while (matcher.find()) counts.put(matcher.group(1).substring("cardume_".length()) + "/" + matcher.group(2), (long) Double.parseDouble(matcher.group(3)));
        return counts;
    }

    static String filters(String json) {
        return "filters=" + URLEncoder.encode(json, StandardCharsets.UTF_8);
    }
}
