package io.cardume.manager.link;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ImageRegistry;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Login;
import java.util.List;
import org.junit.jupiter.api.Test;

/** To whom the login of a service is given. */
class LoginsTest {
    @Test
    void loginIsForTheRegistryItCameWithAndNoOther() {
        var scene = cluster().nodes(1).service("web", 1);
        var id = scene.found("web").id();
        var registry = ImageRegistry.of(scene.found("web").current().template().containerSpec().image());

        assertThat(Logins.of(scene.state().with(List.of(new Change.LoginPut(id, new Login(registry, "s")))), new NodeId("n1")).sealed()).containsOnlyKeys(id);
        assertThat(Logins.of(scene.state().with(List.of(new Change.LoginPut(id, new Login("elsewhere.example", "s")))), new NodeId("n1")).sealed()).isEmpty();
    }

    @Test
    void registriesAreToldApartAsEnginesDo() {
        assertThat(List.of("web", "me/web:1", "docker.io/me/web", "index.docker.io/web")).allMatch(image -> ImageRegistry.of(image).equals("docker.io"));
        assertThat(ImageRegistry.of("localhost/web")).isEqualTo("localhost");
        assertThat(ImageRegistry.of("r.example:5000/a/b@sha256:abc")).isEqualTo("r.example:5000");
        assertThat(ImageRegistry.of("r.example/a/b")).isEqualTo("r.example");
    }
}
