package io.cardume.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPowerTest {
    private static TaskSpec task(String json) {
        var body = "{\"Name\":\"x\",\"TaskTemplate\":" + json.replace('\'', '"').replace("{C", "{\"ContainerSpec\":{\"Image\":\"a\"") + "}";
        return switch (ServiceSpecs.read(body.getBytes(java.nio.charset.StandardCharsets.UTF_8), false)) {
            case Reading.Valid<ServiceSpec>(var spec) -> spec.taskTemplate();
            case Reading.Invalid<ServiceSpec> invalid -> throw new AssertionError(invalid.message());
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "BIND            | {C,'Mounts':[{'Type':'bind','Source':'/srv','Target':'/d','ReadOnly':true}]}}",
        "BIND            | {C,'Mounts':[{'Type':'volume','Source':'{{.Service.Name}}','Target':'/d'}]}}",
        "VOLUME_DRIVER   | {C,'Mounts':[{'Type':'volume','Source':'v','Target':'/d','VolumeOptions':{'DriverConfig':{'Name':'local','Options':{'type':'none','o':'bind','device':'/'}}}}]}}",
        "VOLUME_DRIVER   | {C,'Mounts':[{'Type':'volume','Source':'v','Target':'/d','VolumeOptions':{'DriverConfig':{'Name':'nfs'}}}]}}",
        "CAPABILITIES    | {C,'CapabilityAdd':['CAP_SYS_ADMIN']}}",
        "CAPABILITIES    | {C,'CapabilityAdd':['chown','all']}}",
        "HOST_NETWORK    | {C},'Networks':[{'Target':'host'}]}",
        "HOST_NETWORK    | {C},'Networks':[{'Target':'cardumehost00000000000000'}]}",
        "SYSCTLS         | {C,'Sysctls':{'net.core.somaxconn':'1'}}}",
        "CONFINEMENT     | {C,'Privileges':{'Seccomp':{'Mode':'unconfined'}}}}",
        "CONFINEMENT     | {C,'Privileges':{'AppArmor':{'Mode':'disabled'}}}}",
        "CONFINEMENT     | {C,'Privileges':{'SELinuxContext':{'Disable':true}}}}",
        "LOG_DRIVER      | {C},'LogDriver':{'Name':'syslog','Options':{'syslog-address':'unix:///x'}}}",
        "OOM_SCORE       | {C,'OomScoreAdj':-1}}",
    })
    void reachesBeyondItsContainers(HostPower power, String json) {
        assertThat(HostPower.in(task(json))).singleElement().satisfies(asked -> assertThat(asked.power()).isEqualTo(power));
    }

    @Test
    void restOfWhatATaskAsksForStaysInItsContainers() {
        assertThat(HostPower.in(task("{C,'User':'root','CapabilityAdd':['NET_BIND_SERVICE','CAP_KILL'],'CapabilityDrop':['ALL'],'OomScoreAdj':500,'Mounts':[{'Type':'volume','Source':'v','Target':'/d'},"
                + "{'Type':'tmpfs','Target':'/t'},{'Type':'volume','Target':'/e'}],'Privileges':{'NoNewPrivileges':true,'Seccomp':{'Mode':'default'}}},'LogDriver':{'Name':'json-file'},'Networks':[{'Target':'none'}]}"))).isEmpty();
    }

    @Test
    void policyIsWordsOfPowers() {
        assertThat(HostPower.allowed(new TreeMap<>())).isEmpty();
        assertThat(HostPower.allowed(new TreeMap<>(Map.of(HostPower.POLICY, "bind, sysctls")))).containsExactlyInAnyOrder(HostPower.BIND, HostPower.SYSCTLS);
        assertThat(HostPower.allowed(new TreeMap<>(Map.of(HostPower.POLICY, "all")))).containsExactlyInAnyOrder(HostPower.values());
        assertThat(HostPower.problems(new TreeMap<>(Map.of(HostPower.POLICY, "bnd"))).getFirst().toString()).contains("\"bnd\"", "bind", "all");
    }
}
