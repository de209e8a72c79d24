package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/**
 * JSON as the engine speaks it: durations are integer nanoseconds, times RFC 3339 in UTC, what is absent is left out,
 * empty lists and maps too. What is read is bounded in its depth, and in the length of each number, name and text.
 */
public final class Json {
    /** Far deeper than anything that is said, and far from the end of a thread's stack. */
    private static final int DEEPEST = 100;
    private static final int LONGEST_NUMBER = 100;
    private static final int LONGEST_NAME = 4_096;
    /** The largest config in base64 is a fifth of it. */
    private static final int LONGEST_TEXT = 8 << 20;
    private static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxNestingDepth(DEEPEST).maxNumberLength(LONGEST_NUMBER).maxNameLength(LONGEST_NAME).maxStringLength(LONGEST_TEXT).build();
    // Buffers that are used again would keep what was in them last, and that may have been a secret.
    private static final ObjectMapper STRICT = JsonMapper.builder(JsonFactory.builder().streamReadConstraints(BOUNDS)
                    .recyclerPool(JsonRecyclerPools.nonRecyclingPool()).build())
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES, MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .addModule(new Jdk8Module())
            .addModule(engineTimes())
            .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.ALWAYS))
            .build();
    private static final ObjectMapper LENIENT =
            STRICT.copy().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private Json() {}

    /** As the engine reads: keys in any case, null means absent, unknown keys are ignored. */
    public static ObjectMapper lenient() {
        return LENIENT;
    }

    /** As {@link #lenient()}, for what strangers say: of so many values, names and brackets at most. */
    public static ObjectMapper bounded(long tokens) {
        var mapper = LENIENT.copy();
        mapper.getFactory().setStreamReadConstraints(BOUNDS.rebuild().maxTokenCount(tokens).build());
        return mapper;
    }

    /** As {@link #lenient()}, but an unknown key is an error. */
    public static ObjectMapper strict() {
        return STRICT;
    }

    private static SimpleModule engineTimes() {
        var module = new SimpleModule("engine times");
        module.addSerializer(Duration.class, new StdScalarSerializer<>(Duration.class) {
            @Override
            public void serialize(Duration value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeNumber(value.toNanos());
            }
        });
        module.addDeserializer(Duration.class, new StdScalarDeserializer<>(Duration.class) {
            @Override
            public Duration deserialize(JsonParser in, DeserializationContext context) throws IOException {
                return Duration.ofNanos(in.getLongValue());
            }
        });
        module.addSerializer(Double.class, new StdScalarSerializer<>(Double.class) {
            @Override
            public void serialize(Double value, JsonGenerator out, SerializerProvider provider) throws IOException {
                if (value == value.longValue()) out.writeNumber(value.longValue());
                else out.writeNumber(value);
            }
        });
        module.addSerializer(Instant.class, new StdScalarSerializer<>(Instant.class) {
            @Override
            public void serialize(Instant value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeString(value.toString());
            }
        });
        module.addDeserializer(Instant.class, new StdScalarDeserializer<>(Instant.class) {
            @Override
            public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
                return InstantText.parse(in.getText());
            }
        });
        return module;
    }
}
