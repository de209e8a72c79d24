package io.cardume.manager.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Asks registries what an image's tag stands for. Whoever waits is a client that goes on without an answer, so a registry
 * that cannot be reached is given up soon, and not asked again at once. Only for an admin is a registry asked that is on this host
 * or its link; where a registry leads to is another host, or the registry itself.
 */
final class Registry {
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** How long a registry that was not reached is not tried again. */
    private static final Duration SHUNNED = Duration.ofSeconds(30);
    private static final int LONGEST_BODY = 4 << 20;
    private static final String INDEXES = "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json";
    private static final String MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
    private static final Pattern CHALLENGE = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    /** A name and password of a registry; both empty = none. */
    record Login(String user, String password, String identityToken) {
        static final Login NONE = new Login("", "", "");

        boolean isNone() {
            return user.isEmpty() && identityToken.isEmpty();
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }

        private String basic() {
            return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Where an image is.
     *
     * @param host the registry, {@code host[:port]}
     * @param repository its path there
     * @param version a tag or a digest
     */
    record Reference(String host, String repository, String version) {
        private static final String HUB = "registry-1.docker.io";

        /** Reads {@code [host[:port]/]path[:tag][@digest]}; names without a host are Docker Hub's. */
        static Reference of(String image) {
            int at = image.indexOf('@');
            var named = at < 0 ? image : image.substring(0, at);
            int slash = named.indexOf('/');
            var first = slash < 0 ? "" : named.substring(0, slash);
            boolean hosted = first.contains(".") || first.contains(":") || first.equals("localhost");
            var path = hosted ? named.substring(slash + 1) : named;
            int colon = path.lastIndexOf(':');
            boolean tagged = colon > path.lastIndexOf('/');
            var repository = tagged ? path.substring(0, colon) : path;
            var version = at >= 0 ? image.substring(at + 1) : tagged ? path.substring(colon + 1) : "latest";
            boolean hub = !hosted || first.equals("docker.io") || first.equals("index.docker.io");
            if (!repository.matches("[a-z0-9]+([._/-]+[a-z0-9]+)*") || !version.matches("[A-Za-z0-9_][A-Za-z0-9._:+-]{0,160}"))
                throw new ApiException(400, "invalid reference format: \"" + image + "\" is no image");
            return new Reference(hub ? HUB : first, hub && !repository.contains("/") ? "library/" + repository : repository, version);
        }

        /** Registries of this host speak plain HTTP, as engines take them to. */
        private String base() {
            var name = host.replaceAll(":\\d+$", "");
            boolean own = name.equals("localhost") || name.equals("[::1]") || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
            return (own ? "http://" : "https://") + host + "/v2/" + repository;
        }
    }

    private final Dialling dialling = new Dialling(CONNECT, LIMIT);
    private final Map<String, Long> shunned = new ConcurrentHashMap<>();

    /**
     * The descriptor and platforms of an image, in the engine's words.
     *
     * @param anywhere whether the registry may be on this host or its link
     */
    ObjectNode inspect(Reference image, Login login, boolean anywhere) throws InterruptedException {
        var until = shunned.get(image.host());
        if (until != null && System.nanoTime() - until < 0)
            throw new ApiException(503, "registry " + image.host() + " could not be reached a moment ago and is not asked again for " + SHUNNED.toSeconds() + " s");
        var asking = new FutureTask<>(() -> asked(image, login, anywhere));
        Thread.ofVirtual().name("distribution").start(asking);
        try {
            return asking.get(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiException said) throw said;
            if (e.getCause() instanceof Dialling.Forbidden said)
                throw new ApiException(403, "registry " + image.host() + " is not asked: " + said.getMessage()
                        + (anywhere ? "" : "; only an admin may name a registry there"));
            throw unreachable(image, e.getCause().getMessage() == null ? e.getCause().getClass().getSimpleName() : e.getCause().getMessage());
        } catch (TimeoutException e) {
            throw unreachable(image, "no answer within " + LIMIT.toSeconds() + " s");
        } finally {
            asking.cancel(true);
        }
    }

    private ApiException unreachable(Reference image, String why) {
        shunned.put(image.host(), System.nanoTime() + SHUNNED.toNanos());
        return new ApiException(503, "registry " + image.host() + " cannot be reached: " + why);
    }

    private record Answer(String type, String digest, byte[] body) {}

    private ObjectNode asked(Reference image, Login login, boolean anywhere) throws IOException, InterruptedException {
        var found = get(image, "/manifests/" + image.version(), INDEXES + ", " + MANIFESTS, login, anywhere);
        JsonNode manifest = Json.lenient().readTree(found.body());
        var digest = found.digest().isEmpty() ? digest(found.body()) : found.digest();
        if (image.version().startsWith("sha256:") && !image.version().equals(digest(found.body())))
            throw new ApiException(500, "registry " + image.host() + " gave another manifest than " + image.version());
        var answer = Exchange.object();
        answer.putObject("Descriptor").put("mediaType", found.type()).put("digest", digest).put("size", found.body().length);
        var platforms = answer.putArray("Platforms");
        if (manifest.path("manifests").isArray())
            for (JsonNode one : manifest.get("manifests")) {
                var platform = one.path("platform");
                // Attestations are listed as manifests of no platform.
                if (!platform.path("architecture").asText("unknown").equals("unknown")) platforms.add(platform);
            }
        else if (manifest.path("config").path("digest").isTextual()) {
            JsonNode config = Json.lenient().readTree(get(image, "/blobs/" + manifest.path("config").path("digest").asText(), "*/*", login, anywhere).body());
            var platform = platforms.addObject().put("architecture", config.path("architecture").asText("")).put("os", config.path("os").asText(""));
            if (config.has("variant")) platform.put("variant", config.path("variant").asText());
        }
        return answer;
    }

    private Answer get(Reference image, String path, String accept, Login login, boolean anywhere) throws IOException {
        var uri = URI.create(image.base() + path);
        var trusted = anywhere ? Optional.of(Dialling.origin(uri)) : Optional.<String>empty();
        var answer = send(uri, trusted, accept, Optional.empty());
        if (answer.getResponseCode() == 401) {
            var challenge = Optional.ofNullable(answer.getHeaderField("WWW-Authenticate")).orElse("");
            answer.disconnect();
            answer = send(uri, trusted, accept, authorization(challenge, image, uri, trusted, login));
        }
        try (var body = Dialling.body(answer)) {
            switch (answer.getResponseCode()) {
                case 200 -> {}
                case 401, 403 -> throw new ApiException(403, "pull access denied for " + image.host() + "/" + image.repository()
                        + (login.isNone() ? ": it may need a login; docker login, then --with-registry-auth" : ": the login is refused"));
                case 404 -> throw new ApiException(404, "manifest unknown: " + image.host() + "/" + image.repository() + " has no " + image.version());
                default -> throw new ApiException(503, "registry " + image.host() + " answered with status " + answer.getResponseCode());
            }
            var bytes = body.readNBytes(LONGEST_BODY + 1);
            if (bytes.length > LONGEST_BODY) throw new IOException("its answer is longer than " + LONGEST_BODY + " bytes");
            return new Answer(Optional.ofNullable(answer.getHeaderField("Content-Type")).orElse("").replaceAll(";.*", ""),
                    Optional.ofNullable(answer.getHeaderField("Docker-Content-Digest")).orElse(""), bytes);
        }
    }

    /** What a challenge wants: the login itself, or a token that the named service gives for it. */
    private Optional<String> authorization(String challenge, Reference image, URI registry, Optional<String> trusted, Login login) throws IOException {
        if (challenge.regionMatches(true, 0, "Basic", 0, 5)) return login.isNone() ? Optional.empty() : Optional.of(login.basic());
        if (!challenge.regionMatches(true, 0, "Bearer", 0, 6)) return Optional.empty();
        var said = new TreeMap<String, String>();
        CHALLENGE.matcher(challenge).results().forEach(found -> said.put(found.group(1), found.group(2)));
        var realm = URI.create(said.getOrDefault("realm", ""));
        // A login is never sent in the clear to another place than the registry.
        boolean same = realm.getHost() != null && Dialling.origin(realm).equals(Dialling.origin(registry));
        if (realm.getHost() == null || !same && !"https".equals(realm.getScheme())) throw new ApiException(403, "registry " + image.host() + " names no place to log in at");
        var query = "service=" + encoded(said.getOrDefault("service", "")) + "&scope=" + encoded("repository:" + image.repository() + ":pull");
        var headers = new TreeMap<String, String>();
        HttpURLConnection answer;
        if (!login.identityToken().isEmpty()) {
            headers.put("Content-Type", "application/x-www-form-urlencoded");
            answer = dialling.answer(realm, trusted, headers, Optional.of(
                    (query + "&grant_type=refresh_token&client_id=cardume&refresh_token=" + encoded(login.identityToken())).getBytes(StandardCharsets.UTF_8)));
        } else {
            if (!login.isNone()) headers.put("Authorization", login.basic());
            answer = dialling.answer(URI.create(realm + (realm.getQuery() == null ? "?" : "&") + query), trusted, headers, Optional.empty());
        }
        try (var body = Dialling.body(answer)) {
            if (answer.getResponseCode() != 200) return Optional.empty();
            JsonNode token = Json.lenient().readTree(body.readNBytes(LONGEST_BODY));
            return Optional.of("Bearer " + token.path("token").asText(token.path("access_token").asText("")));
        }
    }

    private HttpURLConnection send(URI uri, Optional<String> trusted, String accept, Optional<String> authorization) throws IOException {
        var headers = new TreeMap<>(Map.of("Accept", accept));
        authorization.ifPresent(value -> headers.put("Authorization", value));
        return dialling.answer(uri, trusted, headers, Optional.empty());
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
