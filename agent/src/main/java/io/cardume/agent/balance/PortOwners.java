package io.cardume.agent.balance;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Whose a port of this host is, as {@code /proc} shows it. */
final class PortOwners {
    private static final String LISTENS = "0A";

    private final Path proc;

    PortOwners(Path proc) {
        this.proc = proc;
    }

    /** The process that has a port, as a phrase; empty if it cannot be seen. */
    Optional<String> of(Published published) {
        var sockets = new TreeSet<String>();
        for (String table : List.of(published.protocol(), published.protocol() + "6")) {
            try {
                sockets.addAll(sockets(Files.readAllLines(proc.resolve("net").resolve(table)), published));
            } catch (IOException e) {
                // A host without IPv6 has no such table.
            }
        }
        if (sockets.isEmpty()) return Optional.empty();
        try (var processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes)
                if (has(process, sockets)) return Optional.of(name(process) + " (process " + process.getFileName() + ")");
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The numbers of the sockets in a table of the kernel that have a port. */
    static List<String> sockets(List<String> lines, Published published) {
        var port = ":%04X".formatted(published.port());
        return lines.stream().skip(1).map(line -> line.strip().split(" +"))
                .filter(words -> words.length > 9 && words[1].endsWith(port) && (published.protocol().equals("udp") || words[3].equals(LISTENS)))
                .map(words -> words[9])
                .toList();
    }

    private static boolean has(Path process, TreeSet<String> sockets) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                var target = link(file);
                if (target.startsWith("socket:[") && sockets.contains(target.substring("socket:[".length(), target.length() - 1))) return true;
            }
        } catch (IOException e) {
            // It has ended, or is none of ours to look into.
        }
        return false;
    }

    private static String link(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static String name(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return "a process";
        }
    }
}
