package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TaskIdTest {
    private static final String CHARACTERS = "!-./0189:;AZ_`abyz{~é€";

    @Test
    void idsAreTheirTextsAndInTheirOrder() throws Exception {
        var random = new Random(1);
        var some = Stream.generate(() -> text(random)).limit(600).toList();
        for (String one : some) {
            assertThat(new TaskId(one).value()).isEqualTo(one);
            assertThat(Json.lenient().readValue(Json.lenient().writeValueAsString(new TaskId(one)), TaskId.class)).isEqualTo(new TaskId(one));
            for (String other : some) {
                assertThat(Integer.signum(new TaskId(one).compareTo(new TaskId(other)))).as("%s, %s", one, other)
                        .isEqualTo(Integer.signum(one.compareTo(other)));
                assertThat(new TaskId(one).equals(new TaskId(other))).isEqualTo(one.equals(other));
                if (one.equals(other)) assertThat(new TaskId(one)).hasSameHashCodeAs(new TaskId(other));
            }
        }
    }

    /** Usual ids, ids with the same beginning, and texts of any length with characters of all kinds. */
    private static String text(Random random) {
        var characters = random.nextBoolean() ? "0189abyz" : CHARACTERS;
        int length = random.nextInt(3) > 0 ? 25 : 1 + random.nextInt(40);
        var text = new StringBuilder(random.nextInt(3) == 0 ? "" : "abcdefghijkl0123456789zz".substring(0, Math.min(length - 1, List.of(3, 11, 12, 13, 24).get(random.nextInt(5)))));
        while (text.length() < length) text.append(characters.charAt(random.nextInt(characters.length())));
        return text.toString();
    }
}
