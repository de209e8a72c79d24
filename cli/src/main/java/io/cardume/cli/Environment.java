package io.cardume.cli;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The environment as a source of settings: {@code --data-dir} is {@code CARDUME_DATA_DIR}. An empty variable counts as
 * not set.
 *
 * @param variables name to value
 */
record Environment(Map<String, String> variables) implements IDefaultValueProvider {
    /** The variable of a flag, which is given with its dashes. */
    static String variable(String flag) {
        return "CARDUME_" + flag.substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** The variable's value, or null as picocli wants it where there is none. */
    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || !option.longestName().startsWith("--")) return null;
        if (option.usageHelp() || option.versionHelp()) return null;
        var value = variables.getOrDefault(variable(option.longestName()), "");
        return value.isEmpty() ? null : value;
    }
}
