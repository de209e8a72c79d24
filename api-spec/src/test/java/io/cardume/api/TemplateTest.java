package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final Template.Context WEB = new Template.Context(new ServiceId("svc1"), "web",
            new TreeMap<>(Map.of("team", "red", "com.example.tier", "front")), new NodeId("node1"), "host-a",
            new Platform("x86_64", "linux"), new TaskId("task1"), "web.3.task1", "3");

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "plain|plain",
        "{{.Service.ID}}|svc1",
        "{{.Service.Name}}|web",
        "{{.Service.Labels.team}}|red",
        "{{index .Service.Labels \"com.example.tier\"}}|front",
        "{{index .Service.Labels `team`}}|red",
        "{{.Node.ID}}|node1",
        "{{.Node.Hostname}}|host-a",
        "{{.Node.Platform.OS}}|linux",
        "{{.Node.Platform.Architecture}}|x86_64",
        "{{.Task.ID}}|task1",
        "{{.Task.Name}}|web.3.task1",
        "{{ .Task.Slot }}|3",
        "{{.Service.Name}}-{{.Task.Slot}}.{{.Node.Hostname}}|web-3.host-a",
        "{{\"{{\"}}x}}|{{x}}",
        "a {{\"quote \\\" and }} \"}} b|a quote \" and }}  b",
        "{{.Service.Labels.absent}}!|!"
    })
    void placeholdersAreFilledIn(String text, String expanded) throws Template.Malformed {
        assertThat(Template.of(text, List.of()).expand(WEB)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{{.Service.Nam}}", "{{.Task.Slot", "{{}}", "{{if true}}x{{end}}", "{{printf \"%s\" .Task.ID}}", "{{- .Task.ID -}}",
        "{{.Service.Labels.com.example}}", "{{.service.name}}", "{{secret \"db\"}}", "{{index .Service.Labels}}", "{{\"open}}"
    })
    void anythingElseIsRefusedWithWhatIsAllowed(String text) {
        assertThatThrownBy(() -> Template.of(text, List.of())).isInstanceOf(Template.Malformed.class)
                .hasMessageContaining("is not allowed; placeholders are {{.Service.ID}}")
                .hasMessageContaining("{{index .Service.Labels \"NAME\"}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"%s\"", "`%s`", "index .Service.Labels \"%s\"", "secret \"%s\"", "secret \"%s"})
    void howeverLongAQuotedTextIsItIsReadWhole(String form) {
        var megabyte = "a\\\"b".repeat(1 << 18);
        var text = "{{" + form.formatted(megabyte) + "}}";

        if (form.endsWith("%s")) assertThatThrownBy(() -> Template.of(text, List.of("secret"))).isInstanceOf(Template.Malformed.class);
        else assertThatCode(() -> Template.of(text, List.of("secret"))).doesNotThrowAnyException();
    }

    @Test
    void functionsAreKnownWhereTheyAreOffered() throws Template.Malformed {
        var template = Template.of("pw={{secret \"db\"}} at {{.Node.Hostname}}", List.of("secret", "env"));

        assertThat(template.arguments("secret")).containsExactly("db");
        assertThat(template.expand(WEB, (function, argument) -> function + ":" + argument, 22)).contains("pw=secret:db at host-a");
        assertThat(template.expand(WEB, (function, argument) -> function + ":" + argument, 21)).isEmpty();
    }

    @Test
    void environmentHostNameAndMountsOfAContainerAreFilledIn() {
        var volume = new Mount("volume", Optional.of("data-{{.Task.Slot}}"), "/srv/{{.Service.Name}}", Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.of(new VolumeOptions(Optional.empty(), new TreeMap<>(Map.of("of", "{{.Service.ID}}")),
                        Optional.of(new Driver("local", new TreeMap<>(Map.of("o", "addr={{.Node.Hostname}}")))), Optional.empty())),
                Optional.empty());
        var spec = ContainerSpec.of("nginx").with(List.of("SLOT={{.Task.Slot}}", "BARE", "PLAIN=x"),
                Optional.of("{{.Service.Name}}-{{.Task.Slot}}"), List.of(volume));

        var filled = Template.expand(spec, WEB);

        assertThat(filled.env()).containsExactly("SLOT=3", "BARE", "PLAIN=x");
        assertThat(filled.hostname()).contains("web-3");
        var mount = filled.mounts().getFirst();
        assertThat(mount.source()).contains("data-3");
        assertThat(mount.target()).isEqualTo("/srv/web");
        assertThat(mount.volumeOptions().orElseThrow().labels()).containsEntry("of", "svc1");
        assertThat(mount.volumeOptions().orElseThrow().driverConfig().orElseThrow().options()).containsEntry("o", "addr=host-a");
    }

    @Test
    void aContainerWithoutPlaceholdersStaysTheSameObject() {
        var spec = ContainerSpec.of("nginx").with(List.of("A=b}}"), Optional.of("web"), List.of());

        assertThat(Template.expand(spec, WEB)).isSameAs(spec);
    }

    @Test
    void aSpecSaysWhichPlaceholderIsWrongAndWhichLabelIsMissing() {
        assertThat(problem("{\"Hostname\": \"{{.Node.Name}}\"}"))
                .contains("TaskTemplate.ContainerSpec.Hostname").contains("{{.Node.Name}}").contains("{{.Node.Hostname}}");
        assertThat(problem("{\"Env\": [\"A={{.Service.Labels.taem}}\"]}")).contains("Env[0]").contains("there is no label \"taem\"; did you mean team?");
        assertThat(problem("{\"Env\": [\"{{.Task.ID}}=a\"]}")).contains("placeholders in the value alone");
        assertThat(problem("{\"Env\": [\"A={{.Service.Labels.team}}\"], \"Hostname\": \"{{.Task.Name}}\","
                + "\"Mounts\": [{\"Type\": \"bind\", \"Source\": \"/srv/{{.Task.Slot}}\", \"Target\": \"/data\"}]}")).isEmpty();
    }

    private static String problem(String container) {
        var spec = "{\"Name\": \"web\", \"Labels\": {\"team\": \"red\"}, \"TaskTemplate\": {\"ContainerSpec\": "
                + container.replaceFirst("\\{", "{\"Image\": \"nginx\", ") + "}}";
        return switch (ServiceSpecs.read(spec.getBytes(java.nio.charset.StandardCharsets.UTF_8), true)) {
            case Reading.Valid<ServiceSpec> _ -> "";
            case Reading.Invalid<ServiceSpec> invalid -> invalid.message();
        };
    }
}
