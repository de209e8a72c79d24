package io.cardume.manager.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The manager's rates and the callers they are of, on a clock that stands still until it is moved. */
class RatesTest {
    private long now;
    private final Rates rates = new Rates(10, 3, () -> now);
    private final Origin one = new Origin("10.0.0.1");

    @Test
    void asManyAsMayComeAtOnceAreTakenAndTheNextIsToldWhen() {
        for (int i = 0; i < 3; i++) assertThat(rates.take(one)).isZero();
        assertThat(rates.take(one)).isBetween(Duration.ofMillis(100), Duration.ofMillis(101));
        now += Duration.ofMillis(50).toNanos();
        assertThat(rates.take(one)).isBetween(Duration.ofMillis(50), Duration.ofMillis(51));
        now += Duration.ofMillis(51).toNanos();
        assertThat(rates.take(one)).isZero();
        assertThat(rates.take(one)).isPositive();
    }

    @Test
    void oneCallerTakesNothingFromAnother() {
        for (int i = 0; i < 10; i++) rates.take(one);
        assertThat(rates.take(new Origin("10.0.0.2"))).isZero();
    }

    @Test
    void whoWasSilentForLongMayAskNoMoreAtOnceThanAnybody() {
        now += Duration.ofDays(1).toNanos();
        for (int i = 0; i < 3; i++) assertThat(rates.take(one)).isZero();
        assertThat(rates.take(one)).isPositive();
    }

    @Test
    void manyCallersTakeNoMemoryWithoutEnd() {
        for (int i = 0; i < 30_000; i++) rates.take(new Origin("10." + i));
        assertThat(rates.remembered()).isLessThanOrEqualTo(10_001);
        now += Duration.ofSeconds(1).toNanos();
        rates.take(new Origin("one more"));
        assertThat(rates.remembered()).as("those who have been silent are forgotten").isEqualTo(1);
    }

    @Test
    void aNetworkOfIpv6IsOneCaller() {
        assertThat(Origin.at(new InetSocketAddress("fd00:1:2:3::1", 1))).isEqualTo(Origin.at(new InetSocketAddress("fd00:1:2:3:ffff::2", 9)));
        assertThat(Origin.at(new InetSocketAddress("fd00:1:2:3::1", 1))).isNotEqualTo(Origin.at(new InetSocketAddress("fd00:1:2:4::1", 1)));
        assertThat(Origin.at(new InetSocketAddress("10.0.0.1", 1))).isEqualTo(one);
    }
}
