package io.cardume.manager.loop;

import io.cardume.manager.cluster.Spaces;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A command cannot be done; nothing was changed. The message names what is wrong and what would be right. */
public final class Refusal extends Exception {
    /** Why, in the terms callers distinguish. */
    public enum Kind {
        /** The request is wrong in itself, or does not fit the state: 400. */
        INVALID,
        /** It is not for users to change: 403. */
        FORBIDDEN,
        /** No such object: 404. */
        NOT_FOUND,
        /** The name is taken: 409. */
        CONFLICT,
        /** The object was changed since it was read: 500, as the engine answers. */
        OUT_OF_SEQUENCE,
        /** Not built yet: 501. */
        NOT_BUILT,
        /** There is no cluster, or there is one already: 503. */
        UNAVAILABLE,
        /** A wrong token: 401. */
        UNAUTHENTICATED
    }

    private static final long serialVersionUID = 1;

    private final Kind kind;
    /** Whose objects the message tells of. */
    private final TreeSet<String> namespaces;
    private final String toOthers;
    /** "" = none. */
    private final String brief;
    /** What it is to those who have not a namespace that it has to do with, whatever else it tells of. */
    private final transient Optional<Hidden> hidden;

    private record Hidden(String namespace, String words) {}

    public Refusal(Kind kind, String message) {
        this(kind, message, Set.of(), message, "", Optional.empty());
    }

    private Refusal(Kind kind, String message, Set<String> namespaces, String toOthers, String brief, Optional<Hidden> hidden) {
        super(message);
        this.hidden = hidden;
        this.kind = kind;
        this.brief = brief;
        this.namespaces = new TreeSet<>(namespaces);
        this.toOthers = toOthers;
    }

    /**
     * One that tells of objects that are not there for everybody.
     *
     * @param namespaces theirs; "" = of none
     * @param toOthers what it is to those who have not all of them
     */
    static Refusal telling(Kind kind, String message, Set<String> namespaces, String toOthers) {
        return new Refusal(kind, message, namespaces, toOthers, "", Optional.empty());
    }

    /** The same with what it is in words in which there is nothing that was asked for. */
    Refusal inBrief(String words) {
        return new Refusal(kind, getMessage(), namespaces, toOthers, words, hidden);
    }

    /** The same, which to those who have not a namespace is something else. */
    Refusal hiding(String namespace, String words) {
        return new Refusal(kind, getMessage(), namespaces, toOthers, brief, Optional.of(new Hidden(namespace, words)));
    }

    /** What it is, in words in which there is nothing that was asked for, if there are such. */
    public Optional<String> brief() {
        return Optional.of(brief).filter(words -> !words.isEmpty());
    }

    /** As it is told to who keeps to some namespaces. */
    Refusal to(Spaces spaces) {
        if (hidden.filter(one -> !spaces.has(one.namespace)).isPresent()) return new Refusal(kind, hidden.get().words);
        return namespaces.stream().allMatch(spaces::has) ? this : new Refusal(kind, toOthers);
    }

    /** The same, of a place. */
    Refusal at(String place) {
        return new Refusal(kind, place + ": " + getMessage(), namespaces, place + ": " + toOthers, brief, hidden.map(one -> new Hidden(one.namespace, place + ": " + one.words)));
    }

    public Kind kind() {
        return kind;
    }
}
