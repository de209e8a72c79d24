package io.cardume.agent.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who is connected to a container, as the kernel's tables of its network namespace say ({@code /proc/PID/net/tcp} and
 * {@code tcp6}): connections to a port it listens on, from outside, that are not over for both sides.
 */
public final class OpenConnections {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTENS = "0A";
    /** Established, asked for, and those on which something may still have to be sent or acknowledged. */
    private static final Set<String> OPEN = Set.of("01", "03", "04", "08", "09", "0B");

    /** One line of a table. */
    private record Line(String address, String port, String state) {
        static Line of(String line) {
            var words = line.strip().split(" +", 5);
            int colon = words[1].indexOf(':');
            return new Line(words[1].substring(0, colon), words[1].substring(colon + 1), words[3]);
        }

        /** In these tables an address is a row of little-endian words: 127.0.0.1 is 0100007F, also where it is mapped into IPv6. */
        boolean isLoopback() {
            boolean four = address.length() == 8 || address.startsWith("0000000000000000FFFF0000");
            return four ? address.endsWith("7F") : address.equals("00000000000000000000000001000000");
        }
    }

    private OpenConnections() {}

    /**
     * How many there are to the container of a process; 0 if the process is gone or its tables cannot be read.
     *
     * @param pid the container's first process, as this process sees it
     */
    public static int of(long pid) {
        var net = PROC.resolve(Long.toString(pid)).resolve("net");
        return count(lines(net.resolve("tcp")), lines(net.resolve("tcp6")));
    }

    /** @param tables the lines of the kernel's tables, without their headings */
    @SafeVarargs
    static int count(List<String>... tables) {
        var listened = new HashSet<String>();
        for (List<String> table : tables)
            table.stream().map(Line::of).filter(line -> line.state().equals(LISTENS)).forEach(line -> listened.add(line.port()));
        int open = 0;
        for (List<String> table : tables)
            open += (int) table.stream().map(Line::of)
                    .filter(line -> OPEN.contains(line.state()) && listened.contains(line.port()) && !line.isLoopback()).count();
        return open;
    }

    private static List<String> lines(Path table) {
        try {
            var lines = Files.readAllLines(table);
            return lines.isEmpty() ? List.of() : lines.subList(1, lines.size());
        } catch (IOException e) {
            return List.of();
        }
    }
}
