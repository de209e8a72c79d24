package io.cardume.manager.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.manager.cluster.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstraintTest {
    private static final Node NODE = new Node(new NodeId("abc"), 0, Scene.START, Scene.START, "",
            new TreeMap<>(Map.of("disk", "SSD", "Zone", "b")), Node.Role.WORKER, Node.Availability.ACTIVE,
            new NodeDescription("Host1", new Platform("x86_64", "linux"), 1, 1, "", new TreeMap<>(Map.of("gpu", "yes")), List.of()),
            "", true, Node.Liveness.READY, "", Optional.empty());

    @ParameterizedTest
    @CsvSource({
        "node.id==abc, true",
        "node.id == ABC, true",
        "node.id!=abc, false",
        "node.hostname==host1, true",
        "node.role==worker, true",
        "node.role==manager, false",
        "NODE.ROLE!=manager, true",
        "node.platform.os==linux, true",
        "node.platform.arch==x86_64, true",
        "node.platform.arch==amd64, true",
        "node.platform.arch==aarch64, false",
        "node.platform.arch!=arm64, true",
        "node.labels.disk==ssd, true",
        "node.labels.disk!=ssd, false",
        "node.labels.Zone==b, true",
        "node.labels.zone==b, false",
        "node.labels.missing==x, false",
        "node.labels.missing!=x, true",
        "engine.labels.gpu==yes, true",
        "engine.labels.disk==ssd, false"
    })
    void aNodeMeetsItOrNot(String constraint, boolean met) {
        assertThat(Constraint.parse(constraint).matches(NODE)).isEqualTo(met);
    }

    @ParameterizedTest
    @CsvSource({
        "node.role, 'expected one operator from ==, !='",
        "node.role=worker, 'expected one operator from ==, !='",
        "==worker, 'key '''' is invalid'",
        "node.role==, 'value '''' is invalid'",
        "node.role==wor#ker, 'value ''wor#ker'' is invalid'",
        "node.planet==earth, 'known are node.id, node.hostname, node.role'"
    })
    void whatIsNoneIsRefusedInWords(String constraint, String words) {
        assertThatThrownBy(() -> Constraint.parse(constraint)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(words);
    }
}
