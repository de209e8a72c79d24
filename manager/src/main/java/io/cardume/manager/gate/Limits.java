package io.cardume.manager.gate;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How much of the manager those may take who reach its ports. A caller is an IP address, the first half of it for IPv6;
 * those who come through a unix socket are one caller with a port of its own.
 *
 * @param numbers each limit that was set otherwise than {@link Name} has it
 * @param patience how long they may keep the manager waiting
 */
public record Limits(SortedMap<Name, Integer> numbers, Patience patience) {
    /** A request's line and headers, in bytes. */
    public static final int HEAD_BYTES = 64 << 10;
    /** What an agent may say before it is let in, in bytes of one message. */
    public static final int HELLO_BYTES = 64 << 10;
    /** What an agent may say after it, in bytes of one message: the statuses of some thousand tasks. */
    public static final int MESSAGE_BYTES = 4 << 20;
    /** Messages of one agent in a second on the average, not counted those that were granted to it. */
    public static final int MESSAGES_PER_SECOND = 100;
    /** As many of them may come at once. */
    public static final int MESSAGES_AT_ONCE = 1_000;

    /** A limit that can be set. */
    public enum Name {
        /** Connections to the API's TCP ports, and as many to its unix sockets. */
        API_CONNECTIONS(4_096, 8, 1_000_000),
        /** Of these, of one caller. */
        API_CONNECTIONS_PER_CALLER(512, 4, 1_000_000),
        /** Open streams: events, logs, commands in containers, statistics. */
        API_STREAMS(1_024, 1, 100_000),
        /** Of these, of one caller. */
        API_STREAMS_PER_CALLER(256, 1, 100_000),
        /** Requests of one caller in a second on the average. */
        API_REQUESTS_PER_SECOND(200, 1, 1_000_000),
        /** As many of them may come at once. */
        API_REQUESTS_AT_ONCE(2_000, 1, 1_000_000),
        /** Bytes of requests' bodies that are in work; half of them of one caller. */
        API_BODY_BYTES(8 << 20, 4 << 20, 1 << 30),
        /** Connections to the cluster port that have not shown themselves to be an agent of the cluster. */
        CLUSTER_STRANGERS(1_024, 8, 1_000_000),
        /** Of these, of one address. */
        CLUSTER_STRANGERS_PER_CALLER(128, 4, 1_000_000),
        /** Agents of one address that ask to be let in by a join token, right or wrong, in a second on the average. */
        CLUSTER_JOINS_PER_SECOND(100, 1, 1_000_000),
        /** As many of them may come at once. */
        CLUSTER_JOINS_AT_ONCE(1_000, 1, 1_000_000);

        private final int usual;
        private final int least;
        private final int most;

        Name(int usual, int least, int most) {
            this.usual = usual;
            this.least = least;
            this.most = most;
        }

        /** As it is written in a setting. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Optional<Name> of(String word) {
            return Arrays.stream(values()).filter(name -> name.word().equals(word)).findFirst();
        }
    }

    public Limits {
        numbers = Collections.unmodifiableSortedMap(new TreeMap<>(numbers));
    }

    /** All as they are unless set otherwise. */
    public static Limits usual() {
        return new Limits(new TreeMap<>(), Patience.usual());
    }

    /** The number that counts. */
    public int of(Name name) {
        return numbers.getOrDefault(name, name.usual);
    }

    /** The same with one limit set. */
    public Limits with(Name name, int number) {
        var more = new TreeMap<>(numbers);
        more.put(name, number);
        return new Limits(more, patience);
    }

    /** The same with another patience. */
    public Limits with(Patience other) {
        return new Limits(numbers, other);
    }

    /**
     * Reads settings such as {@code api-streams=2000}.
     *
     * @throws IllegalArgumentException if one is none; says what is allowed
     */
    public static Limits parse(List<String> settings) {
        var limits = usual();
        for (String setting : settings) {
            if (setting.isBlank()) continue;
            int equals = setting.indexOf('=');
            var name = Name.of(equals < 0 ? setting : setting.substring(0, equals)).orElseThrow(() -> new IllegalArgumentException(
                    "\"" + setting + "\" is no limit; it is NAME=NUMBER, and the names are "
                            + Arrays.stream(Name.values()).map(Name::word).collect(Collectors.joining(", "))));
            var number = equals < 0 ? "" : setting.substring(equals + 1);
            if (!number.matches("[0-9]{1,10}") || Long.parseLong(number) < name.least || Long.parseLong(number) > name.most)
                throw new IllegalArgumentException(name.word() + ": \"" + number + "\" is not allowed; it is a number from "
                        + name.least + " to " + name.most);
            limits = limits.with(name, Integer.parseInt(number));
        }
        return limits;
    }
}
