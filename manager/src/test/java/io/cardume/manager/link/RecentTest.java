package io.cardume.manager.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentTest {
    @Test
    void whatChangedAfterAVersionIsKnownUntilItIsLongAgo() {
        var recent = Recent.<Integer>nothing(10).plus(11, 1).plus(12, 2).plus(12, 3).plus(13, 1);
        assertThat(recent.after(9)).as("nothing is known of before").isEmpty();
        assertThat(recent.after(10).orElseThrow()).containsExactly(1, 2, 3);
        assertThat(recent.after(12).orElseThrow()).containsExactly(1);
        assertThat(recent.after(13).orElseThrow()).isEmpty();
        assertThat(recent.after(14).orElseThrow()).isEmpty();
    }

    @Test
    void allOfOneVersionIsForgottenAtOnce() {
        var recent = Recent.<Integer>nothing(0);
        for (int i = 1; i <= 5_000; i++) recent = recent.plus(i / 2, i);
        assertThat(recent.changes()).hasSizeLessThanOrEqualTo(1_024);
        for (long version = 0; version <= 2_500; version++) {
            var known = recent.after(version);
            if (known.isPresent()) assertThat(known.get()).hasSize(5_000 - (int) Math.min(5_000, 2 * version + 1));
            else assertThat(version).isLessThan(recent.since());
        }
        assertThat(recent.since()).isBetween(1L, 2_400L);
    }
}
