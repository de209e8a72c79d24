package io.cardume.manager.compose;

import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * The values that are put in for {@code $NAME} and {@code ${NAME}} in a file. {@code ${NAME:-word}} is the word where the
 * variable is not given or empty, {@code ${NAME-word}} where it is not given; {@code :+} and {@code +} the other way round;
 * {@code :?} and {@code ?} make it a fault; {@code $$} is one dollar sign.
 *
 * @param given by name
 */
record Variables(SortedMap<String, String> given) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int DEEPEST = 20;

    /** A text with its variables put in; a variable without a value is a fault. */
    String filledIn(String text, Place place, String path, Faults faults) {
        if (text.indexOf('$') < 0) return text;
        try {
            return new Filling(text, 0).all(0);
        } catch (Unfilled e) {
            faults.wrong(place, path, e.getMessage());
            return text;
        }
    }

    private static final class Unfilled extends Exception {
        private static final long serialVersionUID = 1;

        Unfilled(String message) {
            super(message, null, false, false);
        }
    }

    private final class Filling {
        private final String text;
        private int at;

        Filling(String text, int at) {
            this.text = text;
            this.at = at;
        }

        String all(int depth) throws Unfilled {
            var out = new StringBuilder();
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '}' && depth > 0) break;
                at++;
                if (c != '$') out.append(c);
                else out.append(variable(depth));
            }
            return out.toString();
        }

        private String variable(int depth) throws Unfilled {
            if (depth > DEEPEST) throw new Unfilled("variables are nested more than " + DEEPEST + " deep");
            if (at < text.length() && text.charAt(at) == '$') {
                at++;
                return "$";
            }
            boolean braced = at < text.length() && text.charAt(at) == '{';
            if (braced) at++;
            var name = NAME.matcher(text).region(at, text.length());
            if (!name.lookingAt())
                throw new Unfilled("\"" + text + "\" is not allowed; after $ comes a variable, $NAME or ${NAME}, and $$ is a dollar sign");
            at = name.end();
            return braced ? braced(name.group(), depth) : value(name.group());
        }

        private String braced(String name, int depth) throws Unfilled {
            var rest = text.substring(at);
            for (String sign : new String[] {":-", ":+", ":?", "-", "+", "?"}) {
                if (!rest.startsWith(sign)) continue;
                at += sign.length();
                int from = at;
                boolean there = given.containsKey(name) && !(sign.startsWith(":") && given.get(name).isEmpty());
                var word = lazily(depth, there == sign.endsWith("+"));
                close(from);
                return switch (sign.charAt(sign.length() - 1)) {
                    case '-' -> there ? given.get(name) : word;
                    case '+' -> there ? word : "";
                    default -> {
                        if (!there) throw new Unfilled("variable " + name + " is needed: " + text.substring(from, at - 1)
                                + "; give it with ?env=" + name + "=VALUE");
                        yield given.get(name);
                    }
                };
            }
            close(at);
            return value(name);
        }

        /** The word up to its closing brace; what is not used of it needs no values. */
        private String lazily(int depth, boolean used) throws Unfilled {
            if (used) return all(depth + 1);
            for (int open = 0; at < text.length(); at++) {
                if (text.startsWith("${", at)) open++;
                else if (text.charAt(at) == '}' && open-- == 0) break;
            }
            return "";
        }

        private void close(int from) throws Unfilled {
            if (at >= text.length() || text.charAt(at) != '}')
                throw new Unfilled("\"" + text + "\" is not allowed; a closing brace is missing after \"" + text.substring(0, from) + "\"");
            at++;
        }

        private String value(String name) throws Unfilled {
            if (!given.containsKey(name))
                throw new Unfilled("variable " + name + " has no value; give it with ?env=" + name + "=VALUE, or write ${" + name + ":-DEFAULT}");
            return given.get(name);
        }
    }
}
