package io.cardume.manager.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Json;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An agent that is only a socket. */
final class BareAgent implements WebSocket.Listener {
    final BlockingQueue<ToAgent> heard = new LinkedBlockingQueue<>();
    final List<String> texts = new CopyOnWriteArrayList<>();
    final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    WebSocket socket;

    void send(FromAgent message) throws Exception {
        socket.sendText(Json.lenient().writerFor(FromAgent.class).writeValueAsString(message), true).get(60, TimeUnit.SECONDS);
    }

    /** The next of its kind; others are passed over. */
    <T extends ToAgent> T next(Class<T> kind) throws InterruptedException {
        var passed = new ArrayList<ToAgent>();
        // Some messages come with every heartbeat.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            var message = heard.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            assertThat(message).as("a %s, after %s", kind.getSimpleName(), passed).isNotNull();
            if (kind.isInstance(message)) return kind.cast(message);
            passed.add(message);
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            try {
                texts.add(text.toString());
                heard.add(Json.lenient().readValue(text.toString(), ToAgent.class));
            } catch (IOException e) {
                throw new AssertionError(text.toString(), e);
            }
            text.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
        closed.complete(null);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.complete(null);
    }
}
