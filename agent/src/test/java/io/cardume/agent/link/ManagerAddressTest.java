package io.cardume.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManagerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "manager, wss://manager:2477/agent",
        "10.0.0.1:7, wss://10.0.0.1:7/agent",
        "[::1]:9, wss://[::1]:9/agent",
        "[::1], wss://[::1]:2477/agent"
    })
    void anAddressIsRead(String text, String uri) {
        assertThat(ManagerAddress.of(text).uri()).hasToString(uri);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":5", "host:", "host:x", "host:0", "host:70000", "http://host:1", "a b"})
    void whatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> ManagerAddress.of(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
