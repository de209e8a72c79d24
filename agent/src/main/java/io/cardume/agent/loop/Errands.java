package io.cardume.agent.loop;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.agent.engine.Console;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.PieceInput;
import io.cardume.api.ClusterId;
import io.cardume.api.Json;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The errands the agent is on. Each has a thread of its own, which sends no more than was granted and is given no more
 * input than it grants; it ends with its errand, with whoever waits for the answer, or with the connection.
 */
final class Errands {
    private static final int MOST = 256;
    private static final int CHUNK = 64 << 10;
    /** Chunks of input that may wait for the engine. */
    private static final int INPUT = 16;

    private final ContainerEngine engine;
    private final Console console;
    private final Images images;
    private final Supplier<Optional<ClusterId>> cluster;
    private final Outbox outbox;
    private final Map<String, Course> courses = new ConcurrentHashMap<>();
    /** Commands prepared here: no other can be run. It is bounded, for what is old is never run again. */
    private final Set<String> execs = Collections.synchronizedSet(Collections.newSetFromMap(new Newest<>(4_096)));

    Errands(ContainerEngine engine, Images images, Supplier<Optional<ClusterId>> cluster, Outbox outbox) {
        this.engine = engine;
        this.console = engine.console();
        this.images = images;
        this.cluster = cluster;
        this.outbox = outbox;
    }

    /** Hears what belongs to a stream; never blocks. */
    void hear(ToAgent.OfStream message) {
        switch (message) {
            case ToAgent.Open open -> begin(open);
            case ToAgent.Send(var stream, var bytes) -> course(stream).ifPresent(course -> course.input.offer(bytes));
            case ToAgent.Grant(var stream, var chunks) -> course(stream).ifPresent(course -> course.credit.release(Math.max(0, chunks)));
            case ToAgent.Close(var stream) -> Optional.ofNullable(courses.remove(stream)).ifPresent(Course::end);
        }
    }

    /** Nobody listens any more. */
    void endAll() {
        courses.keySet().forEach(stream -> hear(new ToAgent.Close(stream)));
    }

    private Optional<Course> course(String stream) {
        return Optional.ofNullable(courses.get(stream));
    }

    private void begin(ToAgent.Open open) {
        if (courses.size() >= MOST) {
            outbox.say(new FromAgent.End(open.stream(), Optional.empty(), Optional.of(new ErrandFailure(
                    ErrandFailure.Kind.UNREACHABLE, "the agent is on " + MOST + " errands already, which is the most"))));
            return;
        }
        var course = new Course(open);
        courses.put(open.stream(), course);
        course.thread.start();
    }

    private static ErrandFailure failure(EngineException e) {
        return new ErrandFailure(switch (e.kind()) {
            case NOT_FOUND -> ErrandFailure.Kind.NOT_FOUND;
            case CONFLICT -> ErrandFailure.Kind.CONFLICT;
            case REFUSED -> ErrandFailure.Kind.REFUSED;
            case UNREACHABLE -> ErrandFailure.Kind.UNREACHABLE;
        }, e.getMessage());
    }

    private final class Course {
        private final ToAgent.Open open;
        private final Semaphore credit;
        private final BlockingQueue<byte[]> input = new LinkedBlockingQueue<>(INPUT + 1);
        private final Thread thread;
        private volatile boolean closed;

        Course(ToAgent.Open open) {
            this.open = open;
            this.credit = new Semaphore(Math.max(1, open.chunks()));
            this.thread = Thread.ofVirtual().name("errand " + open.errand().getClass().getSimpleName()).unstarted(this::run);
        }

        void end() {
            closed = true;
            input.clear();
            input.offer(new byte[0]);
            thread.interrupt();
        }

        private void run() {
            try {
                Optional<Integer> code = Optional.empty();
                Optional<ErrandFailure> failure = Optional.empty();
                try {
                    code = go(open.errand());
                } catch (EngineException e) {
                    failure = Optional.of(failure(e));
                } catch (RuntimeException e) {
                    failure = Optional.of(new ErrandFailure(ErrandFailure.Kind.REFUSED, "the agent failed: " + e));
                }
                if (courses.remove(open.stream(), this)) outbox.sayPatiently(new FromAgent.End(open.stream(), code, failure));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                courses.remove(open.stream(), this);
            }
        }

        private Optional<Integer> go(Errand errand) throws EngineException, InterruptedException {
            return switch (errand) {
                case Errand.Listing(var filters, var all, var size) -> answered(console.list(
                        cluster.get().orElseThrow(() -> new EngineException(EngineException.Kind.NOT_FOUND, "the agent is in no cluster")),
                        filters, all, size));
                case Errand.Inspect(var task, var size) -> answered(console.inspect(task, size));
                case Errand.Top(var task, var arguments) -> answered(console.top(task, arguments));
                case Errand.Stats(var task, var stream, var oneShot) -> {
                    console.stats(task, stream, oneShot, this::answer);
                    yield Optional.empty();
                }
                case Errand.CreateExec(var task, var spec) -> {
                    var id = console.create(task, spec);
                    execs.add(id);
                    yield answered(id);
                }
                case Errand.RunExec(var exec, var tty, var wantsInput) ->
                    console.run(known(exec), tty, wantsInput ? Optional.of(input()) : Optional.empty(), this::answer);
                case Errand.StartExec(var exec) -> {
                    console.start(known(exec));
                    yield Optional.empty();
                }
                case Errand.InspectExec(var exec) -> console.exitCode(known(exec));
                case Errand.ResizeExec(var exec, var rows, var columns) -> {
                    console.resize(known(exec), rows, columns);
                    yield Optional.empty();
                }
                case Errand.HasImage(var image) -> answered(held(image));
                case Errand.SaveImage(var image) -> {
                    engine.images().save(image, this::answer);
                    yield Optional.empty();
                }
                case Errand.LoadImage(var image, var id) -> {
                    images.load(image, id, input());
                    yield Optional.empty();
                }
            };
        }

        private String held(String image) throws EngineException {
            var held = engine.images().held(image).orElseThrow(() ->
                    new EngineException(EngineException.Kind.NOT_FOUND, "No such image: " + image));
            try {
                return Json.lenient().writeValueAsString(held);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }

        private String known(String exec) throws EngineException {
            if (execs.contains(exec)) return exec;
            throw new EngineException(EngineException.Kind.NOT_FOUND, "No such exec instance: " + exec);
        }

        private Optional<Integer> answered(String text) throws InterruptedException {
            answer(1, text.getBytes(StandardCharsets.UTF_8));
            return Optional.empty();
        }

        private void answer(int channel, byte[] bytes) throws InterruptedException {
            for (int from = 0; from < bytes.length; from += CHUNK) {
                credit.acquire();
                var part = from == 0 && bytes.length <= CHUNK ? bytes : Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK));
                if (!outbox.sayPatiently(new FromAgent.Answer(open.stream(), channel, part))) throw new InterruptedException("the connection is over");
            }
        }

        /** What the manager sends, as it comes. */
        private InputStream input() throws InterruptedException {
            outbox.sayPatiently(new FromAgent.Grant(open.stream(), INPUT));
            return new PieceInput() {
                private byte[] rest = new byte[0];
                private int at;
                private int taken;
                private boolean ended;

                @Override
                protected int piece(byte[] into, int offset, int length) throws IOException {
                    try {
                        if (at == rest.length && !next()) return -1;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new InterruptedIOException();
                    }
                    int count = Math.min(length, rest.length - at);
                    System.arraycopy(rest, at, into, offset, count);
                    at += count;
                    return count;
                }

                private boolean next() throws InterruptedException {
                    if (ended) return false;
                    rest = input.take();
                    at = 0;
                    // Input that nobody sends any more has no end: what came of it must not pass for the whole.
                    if (closed) throw new InterruptedException("nobody listens any more");
                    ended = rest.length == 0;
                    if (++taken == INPUT / 2) {
                        outbox.sayPatiently(new FromAgent.Grant(open.stream(), taken));
                        taken = 0;
                    }
                    return !ended;
                }
            };
        }
    }
}
