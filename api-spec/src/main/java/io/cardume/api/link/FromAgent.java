package io.cardume.api.link;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.cardume.api.ClusterId;
import io.cardume.api.Copies;
import io.cardume.api.EngineTrouble;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.trust.RootDigest;
import java.util.List;
import java.util.Optional;

/** What an agent says. Losing, doubling or reordering any of it must not matter. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = FromAgent.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = FromAgent.Renew.class, name = "renew"),
    @JsonSubTypes.Type(value = FromAgent.Trusts.class, name = "trusts"),
    @JsonSubTypes.Type(value = FromAgent.Statuses.class, name = "statuses"),
    @JsonSubTypes.Type(value = FromAgent.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = FromAgent.Balanced.class, name = "balanced"),
    @JsonSubTypes.Type(value = FromAgent.Unreached.class, name = "unreached"),
    @JsonSubTypes.Type(value = FromAgent.Resync.class, name = "resync"),
    @JsonSubTypes.Type(value = FromAgent.LogData.class, name = "logData"),
    @JsonSubTypes.Type(value = FromAgent.LogEnd.class, name = "logEnd"),
    @JsonSubTypes.Type(value = FromAgent.WantImage.class, name = "wantImage"),
    @JsonSubTypes.Type(value = FromAgent.Answer.class, name = "answer"),
    @JsonSubTypes.Type(value = FromAgent.Grant.class, name = "grant"),
    @JsonSubTypes.Type(value = FromAgent.End.class, name = "end")
})
public sealed interface FromAgent {
    /**
     * The first message of every connection.
     *
     * @param token the join token; "" from an agent that has a certificate
     * @param node the id kept in the agent's data directory
     * @param memberOf the cluster whose containers the agent keeps; empty on first contact
     * @param description the host and its engine
     * @param address the address other hosts reach this one at; "" = the one the connection comes from
     * @param key the public key a certificate is asked for, in PEM: of an agent that has one, for when that has ended; "" if it asks for none
     */
    record Hello(String token, NodeId node, Optional<ClusterId> memberOf, NodeDescription description, String address, String key)
            implements FromAgent {
        public Hello {
            if (node == null || description == null) throw new IllegalArgumentException("a hello says the node and its description");
            token = Copies.text(token);
            memberOf = Copies.optional(memberOf);
            address = Copies.text(address);
            key = Copies.text(key);
        }

        /** From an agent that asks for no certificate. */
        public Hello(String token, NodeId node, Optional<ClusterId> memberOf, NodeDescription description, String address) {
            this(token, node, memberOf, description, address, "");
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Hello[" + node + ", " + memberOf + ", " + description + ", " + address + "]";
        }
    }

    /**
     * Another certificate is asked for.
     *
     * @param key the public key it is for, in PEM
     */
    record Renew(String key) implements FromAgent {
        public Renew {
            key = Copies.text(key);
        }
    }

    /**
     * What the agent has on its disk now and goes on with, however it ends.
     *
     * @param certificate the digest of its certificate
     * @param roots the digests of the roots it believes
     */
    record Trusts(RootDigest certificate, List<RootDigest> roots) implements FromAgent {
        public Trusts {
            if (certificate == null) throw new IllegalArgumentException("the digest of a certificate is said");
            roots = Copies.list(roots);
        }
    }

    /**
     * Statuses of tasks.
     *
     * @param generation the assignment the agent works to; 0 = none yet
     * @param complete whether these are all tasks the agent has a container or a verdict of
     * @param reports one per task
     */
    record Statuses(long generation, boolean complete, List<TaskReport> reports) implements FromAgent {
        public Statuses {
            reports = Copies.list(reports);
        }
    }

    /**
     * A sign of life.
     *
     * @param generation the assignment the agent works to; 0 = none yet
     * @param trouble what is wrong with the engine, if anything
     */
    record Heartbeat(long generation, Optional<EngineTrouble> trouble) implements FromAgent {
        public Heartbeat {
            trouble = Copies.optional(trouble);
        }
    }

    /**
     * Names and balancers are as the manager said with this generation: nobody new is led to who is not in it.
     *
     * @param generation that of {@link ToAgent.Balancing}
     * @param troubles what this node cannot answer requests from outside for
     */
    record Balanced(long generation, List<PortTrouble> troubles) implements FromAgent {
        public Balanced {
            troubles = Copies.list(troubles);
        }
    }

    /**
     * The nodes that do not answer this one over the networks between hosts; said again while there are some, and once when there
     * are none any more.
     */
    record Unreached(List<NodeId> nodes) implements FromAgent {
        public Unreached {
            nodes = Copies.list(nodes);
        }
    }

    /** The agent cannot use a difference and asks for the whole assignment. */
    record Resync() implements FromAgent {}

    /** Lines of a log that was asked for; never more than were granted. */
    record LogData(String request, List<LogLine> lines) implements FromAgent {
        public LogData {
            lines = Copies.list(lines);
        }
    }

    /** No more lines come for a request; why, if not because the log is at its end. */
    record LogEnd(String request, Optional<String> error) implements FromAgent {
        public LogEnd {
            error = Copies.optional(error);
        }
    }

    /**
     * A task of the node needs an image that no registry gives: who has it? Said again and again for as long as it is needed.
     *
     * @param image as the task's spec has it
     */
    record WantImage(String image) implements FromAgent {
        public WantImage {
            image = Copies.text(image);
        }
    }

    /** What belongs to one stream: the course of an errand. */
    sealed interface OfStream extends FromAgent {
        /** Names the stream in both directions. */
        String stream();
    }

    /** A part of an errand's answer, on a channel of its own if it has several; never more than were granted. */
    record Answer(String stream, int channel, byte[] bytes) implements OfStream {
        public Answer {
            bytes = bytes == null ? new byte[0] : bytes;
        }
    }

    /** So many more chunks of input may be sent. */
    record Grant(String stream, int chunks) implements OfStream {}

    /** An errand is over: with a code where it has one, or why it came to nothing. */
    record End(String stream, Optional<Integer> code, Optional<ErrandFailure> failure) implements OfStream {
        public End {
            code = Copies.optional(code);
            failure = Copies.optional(failure);
        }
    }
}
