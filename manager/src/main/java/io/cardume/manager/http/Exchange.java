package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.AuditEntry;
import io.cardume.api.Json;
import io.cardume.api.Reading;
import io.cardume.api.WireReader;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.User;
import io.cardume.manager.gate.Bodies;
import io.cardume.manager.gate.Visit;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;

/** One request and its answer, in the API's terms. */
final class Exchange {
    /** Far below what one entry of the log may be, for a spec is stored several times in it. */
    static final int LARGEST_BODY = 1 << 20;
    /** As much of a body that nobody wants is read before the connection is given up. */
    static final long LARGEST_REST = 64L << 20;
    /** The same of a caller who has proved nothing. */
    static final long LARGEST_REST_OF_NOBODY = 1L << 20;
    /** The attribute of a request whose body was given up. */
    private static final String TOO_SLOW = "too slow";
    private static final int PIECE = 64 << 10;
    private static final Set<String> FALSE = Set.of("", "0", "no", "false", "none");

    private static final String CALLER = "cardume.caller";
    private static final String TOUCHED = "cardume.touched";
    private static final String REFUSAL = "cardume.refusal";
    private static final String AUDITED = "cardume.audited";
    private static final String TOLD = "cardume.told";
    private static final int LONGEST_AUDITED = 512;
    private static final int LONGEST_PARAMETER = 64;
    private static final int MOST_PARAMETERS = 20;
    /** Of what was changed by one request, in characters. */
    private static final int LONGEST_OBJECTS = 4_096;

    private final Context context;
    private final Streams streams;
    private final Admission admission;
    private final List<Runnable> ends = new ArrayList<>();

    Exchange(Context context, Streams streams, Admission admission) {
        this.context = context;
        this.streams = streams;
        this.admission = admission;
    }

    /** Whether it came by an address that only this host reaches. It is the connector that tells: a client says its URL's scheme as it likes. */
    boolean isLocal() {
        return ServletContextRequest.getServletContextRequest(context.req()).getConnectionMetaData().getConnector() instanceof Connector connector
                && Objects.equals(ApiServer.LOCAL, connector.getName());
    }

    /** What TLS has proved of the client; empty if it did not come by TLS. */
    Optional<EndPoint.SslSessionData> tls() {
        return Optional.ofNullable(ServletContextRequest.getServletContextRequest(context.req()).getConnectionMetaData().getConnection().getEndPoint()
                .getSslSessionData());
    }

    /** Says who asks, for the rest of the request. */
    void caller(Caller caller) {
        context.attribute(CALLER, caller);
    }

    /** Who asks. */
    Caller caller() {
        return known().orElseThrow(() -> new IllegalStateException("nobody has asked who " + context.path() + " is for"));
    }

    /** What is there for who asks. */
    Spaces spaces() {
        return caller().spaces();
    }

    /** Who asks, once that is proved. */
    Optional<Caller> known() {
        return Optional.ofNullable(context.attribute(CALLER));
    }

    /** Remembers what it has changed. */
    void touched(List<String> objects) {
        var all = new ArrayList<>(touched());
        all.addAll(objects);
        context.attribute(TOUCHED, all);
    }

    /** What it has changed, in words. */
    List<String> touched() {
        List<String> all = context.attribute(TOUCHED);
        return all == null ? List.of() : all;
    }

    /** Remembers why it was refused, in words for the audit log. */
    void refused(String message) {
        context.attribute(REFUSAL, message);
    }

    /** Has it told in the audit log although it changes nothing. */
    void toBeAudited() {
        context.attribute(TOLD, true);
    }

    /** Whether it is to be in the audit log and is not there yet; the next time it is. */
    boolean isToBeAudited() {
        boolean reads = context.method() == HandlerType.GET || context.method() == HandlerType.HEAD;
        boolean done = context.attribute(AUDITED) != null;
        context.attribute(AUDITED, true);
        return (!reads || context.attribute(TOLD) != null) && !done;
    }

    /** What the audit log says of it; no header, no body, and no value of a query parameter, for any of these may be secret. It is a few KiB at most. */
    AuditEntry entry(int status) {
        var who = known();
        return new AuditEntry(Instant.now(), who.flatMap(Caller::user).map(User::name), who.map(Caller::proof),
                who.isPresent() && who.get().user().isEmpty() ? near() : client(), cut(context.method().name(), LONGEST_AUDITED), cut(context.path(), LONGEST_AUDITED),
                context.queryParamMap().keySet().stream().sorted().limit(MOST_PARAMETERS).map(name -> cut(name, LONGEST_PARAMETER)).toList(),
                bounded(touched()), status, Optional.<String>ofNullable(context.attribute(REFUSAL)).map(words -> cut(words, LONGEST_AUDITED)), Optional.empty());
    }

    /** Who of this host asks. The name of a user is looked up in files, so it is not done for each request. */
    private String near() {
        return visit().map(visit -> visit.named(() -> Near.words(request()))).orElseGet(() -> Near.words(request()));
    }

    private static List<String> bounded(List<String> objects) {
        var some = new ArrayList<String>();
        int left = LONGEST_OBJECTS;
        for (String object : objects) {
            var said = cut(object, LONGEST_AUDITED);
            left -= said.length();
            if (left < 0) break;
            some.add(said);
        }
        if (some.size() < objects.size()) some.add("and " + (objects.size() - some.size()) + " more");
        return some;
    }

    /** A text as the audit log has it. */
    static String cut(String text) {
        return cut(text, LONGEST_AUDITED);
    }

    /** With what is no character of a text, as it would be longer when it is written, replaced. */
    private static String cut(String text, int longest) {
        var cut = text.length() <= longest ? text : text.substring(0, longest) + "…";
        return cut.replaceAll("[\\p{Cc}\\p{Cs}]", "?");
    }

    private Request request() {
        return ServletContextRequest.getServletContextRequest(context.req());
    }

    /** Why it is not this host's own although it came by an address that only this host reaches, in words; empty if it is. */
    Optional<String> stranger() {
        return Near.stranger(request());
    }

    /** Its body is worked on no more, although it goes on for long. */
    void bodyDone() {
        ends.forEach(Runnable::run);
        ends.clear();
    }

    /** Has an answer that is given for long end at once when its user is removed or changed, or has a right no more. */
    void endsWith(Streams.Right right, Runnable end) {
        ends.add(streams.add(caller(), right, end));
    }

    /** It is answered. */
    void ended() {
        ends.forEach(Runnable::run);
    }

    Context context() {
        return context;
    }

    /** A part of the path. */
    String path(String name) {
        return context.pathParam(name);
    }

    /** A query parameter; "" if it is not there. */
    String query(String name) {
        var value = context.queryParam(name);
        return value == null ? "" : value;
    }

    /** Whether a query parameter is said and is not false. */
    boolean flag(String name) {
        return isTrue(query(name));
    }

    /** Whether what is said as a query parameter is not false. */
    static boolean isTrue(String said) {
        return !FALSE.contains(said.strip().toLowerCase(Locale.ROOT));
    }

    /** A request header; "" if it is not there. */
    String header(String name) {
        var value = context.header(name);
        return value == null ? "" : value;
    }

    /** Who asks: an address, or that it is a process of this host. */
    String client() {
        var address = context.req().getRemoteAddr();
        return address == null || address.isEmpty() || address.startsWith("/") || context.req().getRemotePort() <= 0
                ? "a process of this host"
                : address + ":" + context.req().getRemotePort();
    }

    /** The version an update names. */
    long version(String kind) {
        try {
            return Long.parseUnsignedLong(query("version"));
        } catch (NumberFormatException e) {
            throw new ApiException(400, "invalid " + kind + " version '" + query("version") + "': strconv.ParseUint: it is a number, "
                    + "the Version.Index of the object as it was read");
        }
    }

    /** The API version the client speaks: that of the path, else the newest. */
    ApiVersion apiVersion() {
        Optional<ApiVersion> said = Optional.ofNullable(context.pathParamMap().get("version")).flatMap(ApiVersion::parse);
        return said.orElse(ApiVersion.NEWEST);
    }

    /** The request's body. */
    byte[] body() {
        return body(LARGEST_BODY);
    }

    /** The request's body, of so many bytes at most. */
    byte[] body(int most) {
        var room = admission.body(this);
        ends.add(room::close);
        var bytes = new ByteArrayOutputStream();
        var piece = new byte[PIECE];
        try {
            var in = new PacedBody(context.req());
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                room.take(count);
                bytes.write(piece, 0, count);
                if (bytes.size() > most) throw new ApiException(400, "the request's body is larger than " + most + " bytes, which is the most");
            }
            room.whole();
            return bytes.toByteArray();
        } catch (Bodies.TooMuch e) {
            if (e.of() == Bodies.TooMuch.Of.WAITING) throw gaveWay();
            retryAfter(1);
            throw new ApiException(e.of() == Bodies.TooMuch.Of.CALLER ? 429 : 503, e.getMessage() + "; try again in 1 s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(503, "the manager is stopping");
        } catch (IOException e) {
            if (room.leaves()) throw gaveWay();
            if (PacedBody.isTooSlow(e)) {
                context.attribute(TOO_SLOW, true);
                closes();
                throw new ApiException(408, e.getMessage());
            }
            throw new ApiException(400, "the request's body cannot be read: " + e.getMessage());
        }
    }

    /** Nothing more of the body is read, and its client was told so, or is. */
    private ApiException gaveWay() {
        context.attribute(TOO_SLOW, true);
        closes();
        retryAfter(1);
        return ApiException.open(503, Bodies.GAVE_WAY + "; try again in 1 s");
    }

    /**
     * Reads what is left of the body before the answer is given: a connection closed on a client that is still sending
     * breaks its request, and the answer is lost. Of a body without end the answer says that the connection is closed.
     */
    void readRest() {
        if (context.res().isCommitted() || context.attribute(TOO_SLOW) != null) return;
        long most = known().isPresent() ? LARGEST_REST : LARGEST_REST_OF_NOBODY;
        var piece = new byte[PIECE];
        try {
            var in = new PacedBody(context.req());
            for (long left = most; left > 0; ) {
                int count = in.read(piece);
                if (count < 0) return;
                left -= count;
            }
            closes();
        } catch (IOException e) {
            // nothing more comes, and the answer says already what is wrong
            closes();
        }
    }

    /** Has the connection closed after the answer. */
    void closes() {
        context.header("Connection", "close");
    }

    /** Says when it may be asked again, in seconds. */
    void retryAfter(long seconds) {
        context.header("Retry-After", Long.toString(seconds));
    }

    /** By which connection it came. */
    Optional<Visit> visit() {
        return Visit.of(context.req());
    }

    /** The request's body as a JSON object. */
    JsonNode tree() {
        return valid(WireReader.tree(body()));
    }

    /** The request's body as a JSON object; an empty one where there is none. */
    JsonNode treeOrNothing() {
        var bytes = body();
        return new String(bytes, StandardCharsets.UTF_8).isBlank() ? JsonNodeFactory.instance.objectNode() : valid(WireReader.tree(bytes));
    }

    /** What was read, or the answer that says what is wrong with it. */
    static <T> T valid(Reading<T> reading) {
        return switch (reading) {
            case Reading.Valid<T>(var value) -> value;
            case Reading.Invalid<T> invalid -> throw ApiException.of(invalid);
        };
    }

    /** Answers with a value as JSON. */
    void json(int status, Object value) {
        try {
            bytes(status, "application/json", Json.lenient().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer cannot be written", e);
        }
    }

    /**
     * Answers with a value as JSON at once: when this returns, it is on its way.
     *
     * @throws IOException if the client has gone
     */
    void jsonNow(int status, Object value) throws IOException {
        var body = Json.lenient().writeValueAsBytes(value);
        var response = context.res();
        response.setStatus(status);
        response.setContentType("application/json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
        response.flushBuffer();
    }

    /** Answers with JSON that is written already. */
    void raw(int status, byte[] json) {
        context.status(status);
        context.contentType("application/json");
        context.result(json);
    }

    /** Answers with a text. */
    void text(int status, String text) {
        bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with nothing but a status. */
    void nothing(int status) {
        context.status(status);
    }

    /** Answers with an error in the engine's form. */
    void error(int status, String message) {
        json(status, object().put("message", message));
    }

    private void bytes(int status, String type, byte[] body) {
        context.status(status);
        context.contentType(type);
        if (!type.equals("application/json")) {
            context.result(body);
            return;
        }
        var line = java.util.Arrays.copyOf(body, body.length + 1);
        line[body.length] = '\n';
        context.result(line);
    }

    /** An empty JSON object. */
    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
