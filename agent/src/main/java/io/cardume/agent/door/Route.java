package io.cardume.agent.door;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A host and a path, and the services that share what is asked there.
 *
 * @param host a name, one with {@code *.} in front, or {@code *} for every name
 * @param path what paths begin with, by whole segments
 * @param members at least one, by id
 * @param balance whose turn it is
 */
record Route(String host, String path, List<Member> members, Balance balance) {
    Route(String host, String path, List<Member> members) {
        this(host, path, List.copyOf(members), new Balance(members));
    }

    boolean matches(String asked) {
        return path.equals("/") || asked.startsWith(path) && (asked.length() == path.length() || asked.charAt(path.length()) == '/');
    }

    /** Whether all of it is answered over TLS only. */
    boolean isSecure() {
        return members.stream().anyMatch(member -> member.labels().tls().isPresent());
    }

    /** The task that a cookie of the client's leads to. */
    Optional<Pick> stuck(Cookies cookies) {
        for (Member member : members) {
            var mark = member.labels().sticky().flatMap(cookies::value);
            if (mark.isEmpty()) continue;
            for (Target target : member.targets())
                if (target.mark().equals(mark.get())) return Optional.of(new Pick(member, target));
        }
        return Optional.empty();
    }

    /** The services' names. */
    String names() {
        return members.stream().map(Member::name).collect(Collectors.joining(", "));
    }

    /** What a request's cookies say. */
    interface Cookies {
        Optional<String> value(String name);
    }

    /** A task and the service it is of. */
    record Pick(Member member, Target target) {}
}
