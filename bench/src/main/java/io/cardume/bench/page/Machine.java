package io.cardume.bench.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code /proc} says of the machine. */
public final class Machine {
    private static final double KIB_PER_GIB = 1 << 20;

    private Machine() {}

    /** The machine in words, as a page tells them. */
    public static Map<String, String> described() {
        var facts = new LinkedHashMap<String, String>();
        facts.put("cpu", value("/proc/cpuinfo", "model name"));
        facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", Math.round(Double.parseDouble(value("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / KIB_PER_GIB * 10) / 10.0 + " GiB");
        facts.put("kernel", System.getProperty("os.version"));
        facts.put("JDK", System.getProperty("java.vendor.version") + " " + System.getProperty("java.version"));
        return facts;
    }

    /** The load averages of 1, 5 and 15 minutes. */
    public static String load() {
        return text("/proc/loadavg").replaceAll(" \\d+/.*\\s*", "");
    }

    private static String value(String file, String key) {
        return text(file).lines().filter(line -> line.startsWith(key)).findFirst().map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("?");
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
