package io.cardume.agent.door;

import io.cardume.api.TaskId;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A task that requests are passed on to.
 *
 * @param task the task
 * @param address where it listens
 * @param mark what a cookie says to come back to it; tells nothing of it
 */
record Target(TaskId task, InetSocketAddress address, String mark) {
    private static final int MARK_BYTES = 8;

    static Target of(TaskId task, InetSocketAddress address) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(task.value().getBytes(StandardCharsets.UTF_8));
            return new Target(task, address, HexFormat.of().formatHex(digest, 0, MARK_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK cannot digest", e);
        }
    }
}
