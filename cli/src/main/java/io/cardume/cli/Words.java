package io.cardume.cli;

/** What is said of a failure in one line. */
final class Words {
    private Words() {}

    /** The failure's own words, and those of its causes that say something new. */
    static String of(Throwable failure) {
        var words = new StringBuilder(oneLine(failure));
        for (var cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            var said = oneLine(cause);
            if (words.indexOf(said) < 0) words.append(": ").append(said);
        }
        return words.toString();
    }

    private static String oneLine(Throwable failure) {
        var message = failure.getMessage();
        return (message == null || message.isBlank() ? failure.getClass().getSimpleName() : message)
                .replaceAll("\\s*\\R\\s*", " ");
    }
}
