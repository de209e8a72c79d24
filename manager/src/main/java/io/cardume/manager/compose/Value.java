package io.cardume.manager.compose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value in a file, with where it stands. */
sealed interface Value {
    Place place();

    /** Nothing is said: {@code key:}. */
    record Nothing(Place place) implements Value {}

    /** Words or a number; what they are is for the field to say. */
    record Text(String text, Place place) implements Value {}

    record Items(List<Value> items, Place place) implements Value {
        public Items {
            items = List.copyOf(items);
        }
    }

    /** Fields in their order. */
    record Fields(Map<String, Field> fields, Place place) implements Value {
        public Fields {
            fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    /**
     * One field.
     *
     * @param key where its name stands
     */
    record Field(Place key, Value value) {}
}
