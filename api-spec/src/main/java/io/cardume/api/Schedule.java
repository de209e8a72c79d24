package io.cardume.api;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Times at which something is to happen again and again: cron's five fields, its names for them, or {@code @every 90s}. */
public sealed interface Schedule {
    /** What may be written, in words. */
    String ALLOWED = "minute hour day-of-month month day-of-week, such as 30 3 * * mon-fri; or @hourly, @daily, @weekly, "
            + "@monthly, @yearly; or @every with a duration of at least 1s, such as @every 90s";

    /** The first time after a moment; empty if there is none within the next ten years. */
    Optional<Instant> next(Instant after, ZoneId zone);

    /** What a text says; empty if it cannot be understood, or names times that never come, such as 30 February. */
    static Optional<Schedule> parse(String text) {
        var words = text.strip().toLowerCase(Locale.ROOT).split("\\s+");
        if (words.length == 2 && words[0].equals("@every"))
            return GoDuration.parse(words[1]).filter(period -> period.compareTo(Every.SHORTEST) >= 0)
                    .map(period -> new Every(period.truncatedTo(ChronoUnit.SECONDS)));
        if (words.length == 1 && Fields.NAMED.containsKey(words[0])) return parse(Fields.NAMED.get(words[0]));
        return words.length == 5 ? Fields.of(words) : Optional.empty();
    }

    /**
     * A period, counted from the time before, whatever the zone's clocks do.
     *
     * @param period whole seconds, at least one
     */
    record Every(Duration period) implements Schedule {
        private static final Duration SHORTEST = Duration.ofSeconds(1);

        @Override
        public Optional<Instant> next(Instant after, ZoneId zone) {
            return Optional.of(after.truncatedTo(ChronoUnit.SECONDS).plus(period));
        }
    }

    /**
     * Cron's fields, as sets of numbers. Where both days are narrowed, one of them is enough, as for every cron.
     *
     * <p>When clocks go forward, a fixed time that is left out comes at the moment of the change; when they go back, a
     * time that comes twice counts once, the first time. With a {@code *} for the hour (also as {@code *}{@code /2}) it
     * is the hours that pass that count, so nothing is moved and nothing left out.
     *
     * @param minutes 0 to 59
     * @param hours 0 to 23
     * @param days 1 to 31
     * @param months 1 to 12
     * @param weekdays 0 (Sunday) to 6
     * @param everyHour whether the hour begins with a star
     * @param eitherDay whether day of month and day of week are both narrowed
     */
    record Fields(BitSet minutes, BitSet hours, BitSet days, BitSet months, BitSet weekdays, boolean everyHour, boolean eitherDay)
            implements Schedule {
        private static final int MOST_DAYS = 3_660;
        private static final int LONGEST_CHANGE_HOURS = 26;
        private static final Map<String, String> NAMED = Map.of(
                "@hourly", "0 * * * *", "@daily", "0 0 * * *", "@midnight", "0 0 * * *", "@weekly", "0 0 * * 0",
                "@monthly", "0 0 1 * *", "@yearly", "0 0 1 1 *", "@annually", "0 0 1 1 *");
        private static final List<String> MONTHS =
                List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
        private static final List<String> WEEKDAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

        private static Optional<Schedule> of(String[] words) {
            var minutes = set(words[0], 0, 59, List.of());
            var hours = set(words[1], 0, 23, List.of());
            var days = set(words[2], 1, 31, List.of());
            var months = set(words[3], 1, 12, MONTHS);
            var weekdays = set(words[4], 0, 7, WEEKDAYS);
            if (minutes.isEmpty() || hours.isEmpty() || days.isEmpty() || months.isEmpty() || weekdays.isEmpty()) return Optional.empty();
            if (weekdays.get(7)) weekdays.set(0);
            var fields = new Fields(minutes, hours, days, months, weekdays, words[1].startsWith("*"),
                    !words[2].startsWith("*") && !words[4].startsWith("*"));
            return Optional.<Schedule>of(fields).filter(_ -> fields.following(LocalDateTime.of(2000, 1, 1, 0, 0)).isPresent());
        }

        /** The numbers one field names; none if it cannot be understood. */
        private static BitSet set(String field, int least, int most, List<String> names) {
            var all = new BitSet();
            for (String part : field.split(",", -1)) {
                int slash = part.indexOf('/');
                var range = slash < 0 ? part : part.substring(0, slash);
                var step = slash < 0 ? OptionalInt.of(1) : number(part.substring(slash + 1), List.of(), 0);
                int dash = range.indexOf('-');
                boolean star = range.equals("*");
                var from = star ? OptionalInt.of(least) : number(dash < 0 ? range : range.substring(0, dash), names, least);
                var to = star || dash < 0 && slash >= 0 ? OptionalInt.of(most)
                        : dash < 0 ? from : number(range.substring(dash + 1), names, least);
                boolean right = step.isPresent() && step.getAsInt() >= 1 && from.isPresent() && to.isPresent()
                        && from.getAsInt() >= least && to.getAsInt() <= most && from.getAsInt() <= to.getAsInt();
                if (!right) return new BitSet();
                for (int each = from.getAsInt(); each <= to.getAsInt(); each += step.getAsInt()) all.set(each);
            }
            return all;
        }

        private static OptionalInt number(String text, List<String> names, int first) {
            if (names.contains(text)) return OptionalInt.of(names.indexOf(text) + first);
            return text.matches("[0-9]{1,3}") ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
        }

        @Override
        public Optional<Instant> next(Instant after, ZoneId zone) {
            return everyHour ? byTheHoursThatPass(after, zone) : byTheClock(after, zone);
        }

        /** Local times in order; each is one moment: the first of two, or the change that left it out. */
        private Optional<Instant> byTheClock(Instant after, ZoneId zone) {
            var local = following(LocalDateTime.ofInstant(after, zone).minusHours(LONGEST_CHANGE_HOURS));
            while (local.isPresent()) {
                var change = zone.getRules().getTransition(local.get());
                var moment = change != null && change.isGap() ? change.getInstant() : local.get().atZone(zone).toInstant();
                if (moment.isAfter(after)) return Optional.of(moment);
                local = following(local.get());
            }
            return Optional.empty();
        }

        /** Stretch by stretch between two changes of the clocks. */
        private Optional<Instant> byTheHoursThatPass(Instant after, ZoneId zone) {
            var rules = zone.getRules();
            ZoneOffset offset = rules.getOffset(after);
            var from = LocalDateTime.ofInstant(after, offset);
            var change = rules.nextTransition(after);
            while (true) {
                var local = following(from);
                if (local.isEmpty()) return Optional.empty();
                var moment = local.get().toInstant(offset);
                if (change == null || moment.isBefore(change.getInstant())) return Optional.of(moment);
                offset = change.getOffsetAfter();
                from = LocalDateTime.ofInstant(change.getInstant(), offset).minusNanos(1);
                change = rules.nextTransition(change.getInstant());
            }
        }

        /** The first minute after a local time that the fields name. */
        private Optional<LocalDateTime> following(LocalDateTime after) {
            LocalDate date = after.toLocalDate();
            LocalTime time = after.toLocalTime();
            for (int i = 0; i < MOST_DAYS; i++, date = date.plusDays(1)) {
                if (!names(date)) continue;
                int hour = i == 0 ? time.getHour() : 0;
                int minute = i == 0 ? time.getMinute() + 1 : 0;
                for (int h = hours.nextSetBit(hour); h >= 0; h = hours.nextSetBit(h + 1)) {
                    int m = minutes.nextSetBit(h == hour ? minute : 0);
                    if (m >= 0) return Optional.of(date.atTime(h, m));
                }
            }
            return Optional.empty();
        }

        private boolean names(LocalDate date) {
            boolean day = days.get(date.getDayOfMonth());
            boolean weekday = weekdays.get(date.getDayOfWeek().getValue() % 7);
            return months.get(date.getMonthValue()) && (eitherDay ? day || weekday : day && weekday);
        }
    }
}
