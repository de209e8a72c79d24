package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BlobSpecsTest {
    @Test
    void bodyOfTheDockerCliIsRead() {
        var read = BlobSpecs.create(BlobKind.SECRET, utf8("{\"Name\":\"db.password\",\"Labels\":{\"a\":\"b\"},\"Data\":\"aHVudGVyMg==\",\"Templating\":{\"Name\":\"golang\"}}"));
        assertThat(read).isInstanceOfSatisfying(Reading.Valid.class, valid -> {
            var spec = (BlobSpec) valid.value();
            assertThat(spec.name()).isEqualTo("db.password");
            assertThat(spec.labels()).containsEntry("a", "b");
            assertThat(spec.data().bytes()).isEqualTo(utf8("hunter2"));
            assertThat(spec.templated()).isTrue();
            assertThat(spec.family()).isEqualTo("db.password");
        });
    }

    @ParameterizedTest
    @EnumSource(BlobKind.class)
    void sizesAreTheEngines(BlobKind kind) {
        assertThat(problems(kind, sized(0))).containsExactly("Data: it has 0 bytes; " + kind.word()
                + " data must be larger than 0 and less than " + kind.sizeLimit() + " bytes");
        assertThat(problems(kind, sized(1))).isEmpty();
        assertThat(problems(kind, sized(kind.sizeLimit() - 1))).isEmpty();
        assertThat(problems(kind, sized(kind.sizeLimit()))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"Data":"YQ=="}|Name: "" is not allowed
            {"Name":"-a","Data":"YQ=="}|Name: "-a" is not allowed
            {"Name":"a b","Data":"YQ=="}|Name: "a b" is not allowed
            {"Name":"a","Data":"not base64!"}|Data: it is not base64
            {"Name":"a","Data":"YQ==","Templating":{"Name":"jinja"}}|Templating.Name: "jinja" is not allowed; it is golang
            {"Name":"a","Data":"YQ==","Labels":{"cardume.nam":"x"}}|Labels["cardume.nam"]: there is no such label
            {"Name":"a","Data":"YQ==","Labels":{"cardume.name":"x y"}}|Labels["cardume.name"]: "x y" is not allowed
            {"Name":"a","Data":"YQ==","Driver":{"Name":"vault"}}|Driver: "vault" is not built yet; leave it out
            """)
    void whatIsWrongIsSaid(String body, String words) {
        assertThat(problems(BlobKind.SECRET, body)).singleElement().asString().startsWith(words);
    }

    @Test
    void nameIsSixtyFourCharactersAtMost() {
        assertThat(problems(BlobKind.CONFIG, "{\"Name\":\"" + "a".repeat(64) + "\",\"Data\":\"YQ==\"}")).isEmpty();
        assertThat(problems(BlobKind.CONFIG, "{\"Name\":\"" + "a".repeat(65) + "\",\"Data\":\"YQ==\"}")).hasSize(1);
    }

    @Test
    void bytesAreShownByJsonAlone() throws JsonProcessingException {
        var spec = new BlobSpec("a", null, Payload.of(utf8("hunter2")), Optional.empty());
        assertThat(spec.toString()).doesNotContain("hunter2").contains("7 bytes");
        assertThat(Json.lenient().writeValueAsString(spec)).isEqualTo("{\"Name\":\"a\",\"Labels\":{},\"Data\":\"aHVudGVyMg==\"}");
        assertThat(Json.lenient().writeValueAsString(spec.hidden())).isEqualTo("{\"Name\":\"a\",\"Labels\":{}}");
    }

    private static String sized(int bytes) {
        return "{\"Name\":\"a\",\"Data\":\"" + Base64.getEncoder().encodeToString(new byte[bytes]) + "\"}";
    }

    private static List<String> problems(BlobKind kind, String body) {
        return switch (BlobSpecs.create(kind, utf8(body))) {
            case Reading.Valid<BlobSpec>(_) -> List.of();
            case Reading.Invalid<BlobSpec>(var problems) -> problems.stream().map(SpecProblem::toString).toList();
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
