package io.cardume.manager.compose;

import io.cardume.api.StackLabels;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The mounts of a service: its {@code volumes} and {@code tmpfs}. */
final class VolumesReader {
    private final ComposeFile.Reader file;
    private final Cursor service;
    private final Body body;

    VolumesReader(ComposeFile.Reader file, Cursor service, Body body) {
        this.file = file;
        this.service = service;
        this.body = body;
    }

    void read() {
        service.get("tmpfs").ifPresent(from -> from.oneOrMore().forEach(this::tmpfs));
        service.get("volumes").ifPresent(from -> from.items().forEach(volume -> {
            if (volume.isText()) shortVolume(volume);
            else longVolume(volume);
        }));
    }

    /** {@code PATH[:size=64m,mode=1777]}. */
    private void tmpfs(Cursor from) {
        from.text().ifPresent(text -> {
            var at = mount("tmpfs", from);
            int colon = text.indexOf(':');
            body.text(at + ".Target", colon < 0 ? text : text.substring(0, colon), from);
            if (colon < 0) return;
            for (String option : text.substring(colon + 1).split(",")) {
                if (option.startsWith("size=")) body.number(at + ".TmpfsOptions.SizeBytes", from.saying(option.substring(5)).bytes(), from);
                else if (option.startsWith("mode=")) body.number(at + ".TmpfsOptions.Mode", from.saying(option.substring(5)).octal(), from);
                else from.wrong("option \"" + option + "\" is not allowed; it is size=BYTES or mode=OCTAL");
            }
        });
    }

    private String mount(String type, Cursor from) {
        var at = body.add("TaskTemplate.ContainerSpec.Mounts", from);
        body.text(at + ".Type", type, from);
        return at;
    }

    /** {@code [SOURCE:]TARGET[:OPTIONS]}. */
    private void shortVolume(Cursor from) {
        var parts = from.text().orElse("").split(":", -1);
        if (parts.length > 3 || parts[0].isEmpty()) {
            from.not("TARGET, SOURCE:TARGET or SOURCE:TARGET:ro");
            return;
        }
        var source = parts.length == 1 ? "" : parts[0];
        var at = mounted(source, from);
        body.text(at + ".Target", parts.length == 1 ? parts[0] : parts[1], from);
        if (parts.length < 3) return;
        for (String option : parts[2].split(",")) {
            switch (option) {
                case "ro" -> body.flag(at + ".ReadOnly", Optional.of(true), from);
                case "rw" -> {}
                case "nocopy" -> body.flag(at + ".VolumeOptions.NoCopy", Optional.of(true), from);
                case "private", "rprivate", "shared", "rshared", "slave", "rslave" -> body.text(at + ".BindOptions.Propagation", option, from);
                default -> from.wrong("option \"" + option + "\" is not allowed; it is ro, rw, nocopy or a propagation such as rslave");
            }
        }
    }

    /** A mount of a path of the host, of a volume of the file, or of a volume without a name. */
    private String mounted(String source, Cursor from) {
        if (source.startsWith("/")) {
            var at = mount("bind", from);
            body.text(at + ".Source", source, from);
            return at;
        }
        if (source.startsWith(".") || source.startsWith("~")) {
            from.wrong("\"" + source + "\" is a path beside this file, which the hosts do not have; write an absolute path of the hosts, or use configs");
            return mount("bind", from);
        }
        var at = mount("volume", from);
        if (!source.isEmpty()) volume(at, source, from);
        else body.entry(at + ".VolumeOptions.Labels", StackLabels.NAMESPACE, file.stack(), from);
        return at;
    }

    private void volume(String at, String source, Cursor from) {
        var volume = file.volume(source);
        if (volume.isEmpty()) {
            from.wrong("there is no volume \"" + source + "\" under volumes of the file");
            return;
        }
        body.text(at + ".Source", volume.get().name(), from);
        if (volume.get().external()) return;
        body.entry(at + ".VolumeOptions.Labels", StackLabels.NAMESPACE, file.stack(), from);
        volume.get().at().get("labels").ifPresent(labels -> body.entries(at + ".VolumeOptions.Labels", labels));
        volume.get().at().get("driver").ifPresent(driver -> body.text(at + ".VolumeOptions.DriverConfig.Name", driver.text(), driver));
        volume.get().at().get("driver_opts").ifPresent(options -> body.entries(at + ".VolumeOptions.DriverConfig.Options", options));
    }

    private void longVolume(Cursor from) {
        from.only(Set.of("type", "source", "target", "read_only", "bind", "volume", "tmpfs"),
                Map.of("consistency", "it means nothing on Linux: leave it out"));
        var type = from.get("type").flatMap(said -> said.oneOf("bind", "volume", "tmpfs")).orElse("volume");
        var source = from.get("source").flatMap(Cursor::text).orElse("");
        String at;
        if (type.equals("tmpfs")) {
            at = mount("tmpfs", from);
            if (!source.isEmpty()) from.wrong("a tmpfs has no source");
        } else if (type.equals("bind") && !source.startsWith("/") && !source.startsWith(".") && !source.startsWith("~")) {
            from.get("source").orElse(from).not("an absolute path of the hosts");
            at = mount("bind", from);
        } else if (type.equals("volume") && source.startsWith("/")) {
            from.get("source").orElse(from).not("the name of a volume; a path of the hosts is of type bind");
            at = mount("volume", from);
        } else {
            at = mounted(source, from.get("source").orElse(from));
        }
        from.get("target").ifPresentOrElse(target -> body.text(at + ".Target", target.text(), target), () -> from.wrong("it has no target"));
        from.get("read_only").ifPresent(said -> body.flag(at + ".ReadOnly", said.yesOrNo(), said));
        from.get("bind").ifPresent(bind -> {
            bind.only(Set.of("propagation", "create_host_path"), Map.of("selinux", "label the path on the hosts"));
            bind.get("propagation").ifPresent(said -> body.text(at + ".BindOptions.Propagation", said.text(), said));
            bind.get("create_host_path").ifPresent(said -> body.flag(at + ".BindOptions.CreateMountpoint", said.yesOrNo(), said));
        });
        from.get("volume").ifPresent(volume -> {
            volume.only(Set.of("nocopy", "subpath"), Map.of());
            volume.get("nocopy").ifPresent(said -> body.flag(at + ".VolumeOptions.NoCopy", said.yesOrNo(), said));
            volume.get("subpath").ifPresent(said -> body.text(at + ".VolumeOptions.Subpath", said.text(), said));
        });
        from.get("tmpfs").ifPresent(tmpfs -> {
            tmpfs.only(Set.of("size", "mode"), Map.of());
            tmpfs.get("size").ifPresent(said -> body.number(at + ".TmpfsOptions.SizeBytes", said.bytes(), said));
            tmpfs.get("mode").ifPresent(said -> body.number(at + ".TmpfsOptions.Mode", said.octal(), said));
        });
    }
}
