package io.cardume.manager.store;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cardume.api.Json;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Transaction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Transactions as they are sealed and written to disk: JSON, with the number of its format first, so that a later version can tell what it reads
 * and an earlier one says that it cannot. Long ones are compressed.
 */
final class TransactionCodec {
    private static final int FORMAT = 1;
    private static final int COMPRESSED_FROM_BYTES = 64 * 1024;

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "change")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Change.ClusterPut.class, name = "cluster"),
        @JsonSubTypes.Type(value = Change.ClusterEnded.class, name = "cluster ended"),
        @JsonSubTypes.Type(value = Change.AuthorityPut.class, name = "authority"),
        @JsonSubTypes.Type(value = Change.ServicePut.class, name = "service"),
        @JsonSubTypes.Type(value = Change.ServiceRemoved.class, name = "service removed"),
        @JsonSubTypes.Type(value = Change.LoginPut.class, name = "login"),
        @JsonSubTypes.Type(value = Change.BlobPut.class, name = "blob"),
        @JsonSubTypes.Type(value = Change.BlobRemoved.class, name = "blob removed"),
        @JsonSubTypes.Type(value = Change.UserPut.class, name = "user"),
        @JsonSubTypes.Type(value = Change.UserRemoved.class, name = "user removed"),
        @JsonSubTypes.Type(value = Change.MovesAsked.class, name = "moves asked"),
        @JsonSubTypes.Type(value = Change.MovesEnded.class, name = "moves ended"),
        @JsonSubTypes.Type(value = Change.TaskPut.class, name = "task"),
        @JsonSubTypes.Type(value = Change.TaskRemoved.class, name = "task removed"),
        @JsonSubTypes.Type(value = Change.NetworkPut.class, name = "network"),
        @JsonSubTypes.Type(value = Change.NetworkRemoved.class, name = "network removed"),
        @JsonSubTypes.Type(value = Change.NetworkMadeLast.class, name = "network made last"),
        @JsonSubTypes.Type(value = Change.AddressGivenLast.class, name = "address given last"),
        @JsonSubTypes.Type(value = Change.AddressesPut.class, name = "addresses"),
        @JsonSubTypes.Type(value = Change.EndpointPut.class, name = "endpoint"),
        @JsonSubTypes.Type(value = Change.HostAddressesPut.class, name = "host addresses"),
        @JsonSubTypes.Type(value = Change.PortTroublesPut.class, name = "port troubles"),
        @JsonSubTypes.Type(value = Change.NodePut.class, name = "node"),
        @JsonSubTypes.Type(value = Change.NodeRemoved.class, name = "node removed")
    })
    private interface NamedChange {}

    static final JsonMapper MAPPER = mapper();
    static final ObjectWriter WRITE_CHANGE = MAPPER.writerFor(Change.class);
    static final ObjectReader READ_CHANGE = MAPPER.readerFor(Change.class);

    private TransactionCodec() {}

    private static JsonMapper mapper() {
        var mapper = new JsonMapper.Builder((JsonMapper) Json.strict().copy())
                .disable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES, MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
                .addMixIn(Change.class, NamedChange.class)
                .build();
        mapper.configOverride(String.class)
                .setInclude(JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS));
        return mapper;
    }

    /** One entry of the log. */
    static byte[] encode(Transaction transaction) {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator out = MAPPER.createGenerator(bytes)) {
            writeHead(out, FORMAT, transaction.version());
            out.writeStringField("at", transaction.at().toString());
            out.writeArrayFieldStart("changes");
            for (Change change : transaction.changes()) {
                if (!change.isStored()) throw new IllegalArgumentException("not to be stored: " + change);
                WRITE_CHANGE.writeValue(out, change);
            }
            out.writeEndArray();
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("transaction " + transaction.version() + " cannot be written as JSON", e);
        }
        return bytes.size() < COMPRESSED_FROM_BYTES ? bytes.toByteArray() : compressed(bytes);
    }

    private static byte[] compressed(ByteArrayOutputStream plain) {
        var bytes = new ByteArrayOutputStream(plain.size() / 8);
        try (var out = new GZIPOutputStream(bytes)) {
            plain.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The transaction of one entry of the log. */
    static Transaction decode(byte[] entry) throws IOException {
        try (InputStream plain = open(entry); JsonParser in = MAPPER.createParser(plain)) {
            long version = readHead(in, FORMAT);
            expectField(in, "at");
            var at = Instant.parse(in.nextTextValue());
            expectField(in, "changes");
            expect(in, in.nextToken(), JsonToken.START_ARRAY);
            var changes = new ArrayList<Change>();
            while (in.nextToken() == JsonToken.START_OBJECT) changes.add(READ_CHANGE.readValue(in));
            expect(in, in.currentToken(), JsonToken.END_ARRAY);
            expect(in, in.nextToken(), JsonToken.END_OBJECT);
            return new Transaction(version, at, changes);
        }
    }

    private static InputStream open(byte[] entry) throws IOException {
        var bytes = new ByteArrayInputStream(entry);
        return isCompressed(entry) ? new GZIPInputStream(bytes) : bytes;
    }

    private static boolean isCompressed(byte[] entry) {
        return entry.length == 0 || entry[0] != '{';
    }

    /** How many bytes an entry of the log has, not compressed: gzip says so in its last four. */
    static long weight(byte[] entry) {
        if (!isCompressed(entry) || entry.length < Integer.BYTES) return entry.length;
        return Integer.toUnsignedLong(ByteBuffer.wrap(entry).order(ByteOrder.LITTLE_ENDIAN).getInt(entry.length - Integer.BYTES));
    }

    /** The first words of something: the number of its format, and the version it is of. */
    static byte[] head(int format, long version) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = MAPPER.createGenerator(bytes)) {
            writeHead(out, format, version);
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** The number of the format that first words say. */
    static int format(byte[] head) throws IOException {
        try (JsonParser in = MAPPER.createParser(head)) {
            return readFormat(in);
        }
    }

    /** The version that first words say. */
    static long version(byte[] head, int format) throws IOException {
        try (JsonParser in = MAPPER.createParser(head)) {
            return readHead(in, format);
        }
    }

    private static void writeHead(JsonGenerator out, int format, long version) throws IOException {
        out.writeStartObject();
        out.writeNumberField("v", format);
        out.writeNumberField("version", version);
    }

    private static int readFormat(JsonParser in) throws IOException {
        expect(in, in.nextToken(), JsonToken.START_OBJECT);
        expectField(in, "v");
        return in.nextIntValue(-1);
    }

    private static long readHead(JsonParser in, int readable) throws IOException {
        int format = readFormat(in);
        if (format != readable)
            throw new IOException("it is written in format " + format + ", and this version reads format " + readable);
        expectField(in, "version");
        return in.nextLongValue(-1);
    }

    private static void expectField(JsonParser in, String name) throws IOException {
        var found = in.nextFieldName();
        if (!name.equals(found)) throw new IOException("\"" + name + "\" is expected, found is \"" + found + "\"");
    }

    private static void expect(JsonParser in, JsonToken found, JsonToken expected) throws IOException {
        if (found != expected)
            throw new IOException(expected + " is expected at " + in.currentLocation() + ", found is " + found);
    }
}
