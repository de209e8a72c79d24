package io.cardume.manager.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SinceSnapshotTest {
    private static final long KB = 1 << 10;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // what,                                              snapshot KB, entries, KB on disk, KB, due
        "nothing came,                                                  0,       0,          0,      0, false",
        "few entries where there is none,                               0,     499,        400,    400, false",
        "enough of them,                                                0,     500,        400,    400, true",
        "few and large ones,                                            0,       3,       2000,   8192, true",
        "more than there is but few,                                   10,     400,        300,    300, false",
        "as much as there is,                                         400,     500,        400,    400, true",
        "less than there is,                                          500,     501,        400,    400, false",
        "small ones after large configs,                           100000,    5000,       5000,   5000, false",
        "one more config beside many,                              100000,       1,        700,    700, false",
        "large tasks well compressed as much as there is,           70000,      20,      11000,  70000, true",
        "large ones less than there is,                            700000,     600,      11000,  70000, false",
        "very many small ones,                                     700000,   10000,       9000,   9000, true",
        "not quite as many,                                        700000,    9999,       9000,   9000, false",
        "as much on disk as is ever kept,                          700000,      70,      65536,  65536, true"
    })
    void isDueWhenReadingItTakesAsMuchAsTheSnapshot(String what, long snapshot, long entries, long bytes, long weight, boolean due) {
        assertThat(new SinceSnapshot(entries, bytes * KB, weight * KB).isDue(snapshot * KB)).as(what).isEqualTo(due);
    }
}
