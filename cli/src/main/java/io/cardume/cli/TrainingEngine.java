package io.cardume.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * As much of an engine as an agent asks while {@code bin/build-aot} trains the JVM's caches: containers that are nothing but names. So
 * training needs no engine, and touches none. A container whose image is {@code dies} ends by itself once it was seen to run, once; and
 * these have no ports, so that the news of their end says all of it.
 */
public final class TrainingEngine {
    private static final String CREATED = "created";
    private static final String RUNNING = "running";
    private static final String EXITED = "exited";
    private static final String STARTED_AT = "2026-01-01T00:00:00.5Z";
    private static final String ENDED_AT = "2026-01-01T00:00:01.5Z";

    /** A container that was made, and how it is. */
    private record Made(String name, JsonNode asked, String state) {
        Made now(String state) {
            return new Made(name, asked, state);
        }
    }

    private final SortedMap<String, Made> containers = new ConcurrentSkipListMap<>();
    private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    private int made;
    private boolean died;

    private TrainingEngine() {}

    /** Listens at these paths, an engine at each, until it is killed. */
    public static void main(String[] sockets) throws IOException, InterruptedException {
        for (String socket : sockets) {
            var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(Path.of(socket)));
            var engine = new TrainingEngine();
            Thread.ofPlatform().start(() -> engine.accept(server));
        }
        new CountDownLatch(1).await();
    }

    private void accept(ServerSocketChannel server) {
        try {
            while (true) {
                var client = server.accept();
                Thread.ofVirtual().start(() -> converse(client));
            }
        } catch (IOException e) {
            System.err.println("the training engine listens no more: " + e);
        }
    }

    private void converse(SocketChannel client) {
        try (client; var in = new BufferedInputStream(Channels.newInputStream(client)); var out = Channels.newOutputStream(client)) {
            for (var first = line(in); !first.isEmpty(); first = line(in)) {
                int length = 0;
                for (var header = line(in); !header.isEmpty(); header = line(in))
                    if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) length = Integer.parseInt(header.substring(15).strip());
                var body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
                var words = first.split(" ");
                var path = words[1].replaceFirst("^/v[0-9.]+", "");
                if (path.startsWith("/events")) tellEvents(out);
                else say(out, answer(words[0] + " " + path.replaceFirst("\\?.*", ""), words[1], body));
            }
        } catch (IOException e) {
            // Whoever asked has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 && line.isEmpty()) return "";
            if (next < 0) throw new EOFException();
            if (next != '\r') line.append((char) next);
        }
        return line.toString();
    }

    private static void say(OutputStream out, Optional<JsonNode> body) throws IOException {
        var text = body.map(JsonNode::toString).orElse("");
        var head = text.isEmpty() ? "HTTP/1.1 204 No Content\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        out.write((text.isEmpty() ? head : head + chunk(text) + chunk("")).getBytes(StandardCharsets.UTF_8));
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + text + "\r\n";
    }

    private void tellEvents(OutputStream out) throws IOException, InterruptedException {
        out.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        while (true) out.write(chunk(events.take() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private synchronized Optional<JsonNode> answer(String what, String target, String body) throws IOException {
        if (what.equals("GET /version")) return Optional.of(object().put("ApiVersion", "1.41"));
        if (what.equals("GET /info")) return Optional.of(Json.lenient().readTree("""
                {"Name": "train", "Architecture": "x86_64", "OSType": "linux", "NCPU": 2, "MemTotal": 8000000000, "ServerVersion": "train",
                 "Labels": [], "Plugins": {"Volume": ["local"], "Network": ["bridge"], "Log": ["json-file"]}, "GenericResources": null}"""));
        if (what.equals("GET /containers/json")) return Optional.of(list(URLDecoder.decode(target, StandardCharsets.UTF_8)));
        if (what.equals("POST /containers/create")) {
            var id = "train" + ++made;
            containers.put(id, new Made(target.replaceFirst(".*name=", ""), Json.lenient().readTree(body), CREATED));
            return Optional.of(object().put("Id", id));
        }
        if (what.startsWith("GET /networks")) return Optional.of(Json.lenient().createArrayNode());
        if (!what.contains(" /containers/")) return Optional.of(object());
        var id = what.split("/")[2];
        var container = containers.get(id);
        if (what.startsWith("GET")) return Optional.of(container == null ? object() : looked(id, container));
        if (container == null) return Optional.empty();
        if (what.startsWith("DELETE")) {
            containers.remove(id);
            happened("destroy", id, container);
        } else if (what.endsWith("/start")) become(id, container, RUNNING, "start");
        else if (what.endsWith("/stop")) become(id, container, EXITED, "die");
        return Optional.empty();
    }

    private void become(String id, Made container, String state, String event) {
        containers.put(id, container.now(state));
        happened(event, id, container);
    }

    private void happened(String event, String id, Made container) {
        var news = object().put("Type", "container").put("Action", event).put("timeNano", 1_000_000 * Instant.parse(ENDED_AT).toEpochMilli());
        var attributes = news.putObject("Actor").put("ID", id).putObject("Attributes");
        for (var label : container.asked().path("Labels").properties()) attributes.set(label.getKey(), label.getValue());
        if (event.equals("die")) attributes.put("exitCode", "1");
        events.add(news.toString());
    }

    private ArrayNode list(String target) {
        var all = Json.lenient().createArrayNode();
        for (var one : new TreeMap<>(containers).entrySet()) {
            var labels = one.getValue().asked().path("Labels");
            boolean wanted = true;
            for (var label : labels.properties()) {
                var key = "\"" + label.getKey() + "=";
                wanted &= !target.contains(key) || target.contains(key + label.getValue().asText() + "\"");
            }
            if (!wanted) continue;
            var listed = all.addObject().put("Id", one.getKey()).put("State", one.getValue().state())
                    .put("Status", one.getValue().state().equals(EXITED) ? "Exited (1) 1 second ago" : "Up 1 second");
            listed.putArray("Names").add("/" + one.getValue().name());
            listed.set("Labels", labels);
        }
        return all;
    }

    private JsonNode looked(String id, Made container) {
        var shown = inspected(id, container);
        if (!died && dies(container) && container.state().equals(RUNNING)) {
            died = true;
            become(id, container, EXITED, "die");
        }
        return shown;
    }

    private static boolean dies(Made container) {
        return container.asked().path("Image").asText().startsWith("dies");
    }

    private static JsonNode inspected(String id, Made container) {
        var shown = object().put("Id", id);
        shown.putObject("State").put("Status", container.state()).put("Pid", 0).put("ExitCode", container.state().equals(EXITED) ? 1 : 0)
                .put("OOMKilled", false).put("Error", "").put("StartedAt", STARTED_AT).put("FinishedAt", ENDED_AT);
        shown.putObject("Config").set("Labels", container.asked().path("Labels"));
        var settings = shown.putObject("NetworkSettings");
        var ports = settings.putObject("Ports");
        if (!dies(container)) ports.putArray("80/tcp").addObject().put("HostIp", "0.0.0.0").put("HostPort", "8080");
        settings.putObject("Networks").putObject("bridge").put("IPAddress", "172.17.0.2");
        return shown;
    }

    private static ObjectNode object() {
        return Json.lenient().createObjectNode();
    }
}
