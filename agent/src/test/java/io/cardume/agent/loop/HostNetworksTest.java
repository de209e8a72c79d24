package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HostNetworksTest {
    @Test
    void aHostWithNothingOfOursIsLookedAtMoreSeldom() {
        assertThat(HostNetworks.pause(true, false)).isEqualTo(Duration.ofSeconds(10));
        assertThat(HostNetworks.pause(true, true)).isEqualTo(Duration.ofMinutes(1));
        assertThat(HostNetworks.pause(false, true)).isEqualTo(HostNetworks.pause(false, false)).isEqualTo(Duration.ofSeconds(1));
    }
}
