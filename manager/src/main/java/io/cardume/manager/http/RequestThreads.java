package io.cardume.manager.http;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.util.thread.TryExecutor;

/**
 * The threads that requests of the API are answered on: platform threads for the first of them, virtual ones where there are more. Agents
 * are talked to on virtual threads, and of those each waits for all that became ready before it; with some hundred agents that is half a
 * second and more. The host's own scheduler lets in at once who has done little. Nothing waits for a thread: what would is given a virtual one.
 */
final class RequestThreads implements ThreadPool, TryExecutor, AutoCloseable {
    /** Streams have one each as long as they are open; a request beyond so many waits its turn among the agents. */
    static final int MOST = 128;
    private static final int SECONDS_IDLE = 30;

    private final ThreadPoolExecutor platform;
    private final CountDownLatch closed = new CountDownLatch(1);

    RequestThreads() {
        this(MOST);
    }

    /** @param most so many platform threads at once */
    RequestThreads(int most) {
        var virtual = Thread.ofVirtual().name("api-virtual-", 0).factory();
        this.platform = new ThreadPoolExecutor(0, most, SECONDS_IDLE, TimeUnit.SECONDS, new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name("api-", 0).factory(), (task, _) -> {
                    if (task instanceof OnPlatform) throw new RejectedExecutionException("there is no platform thread left");
                    virtual.newThread(task).start();
                });
    }

    /** Something that is done on a platform thread or not at all. */
    private record OnPlatform(Runnable task) implements Runnable {
        @Override
        public void run() {
            task.run();
        }
    }

    /** Whoever looks for requests answers the one it found itself, if another goes on looking: so a request is not handed over. */
    @Override
    public boolean tryExecute(Runnable task) {
        try {
            platform.execute(new OnPlatform(task));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public void execute(Runnable task) {
        platform.execute(task);
    }

    /** The platform threads there are. */
    @Override
    public int getThreads() {
        return platform.getPoolSize();
    }

    @Override
    public int getIdleThreads() {
        return getThreads() - platform.getActiveCount();
    }

    @Override
    public boolean isLowOnThreads() {
        return false;
    }

    @Override
    public void join() throws InterruptedException {
        closed.await();
    }

    /** What is being done is done to its end; what comes later is given virtual threads. */
    @Override
    public void close() {
        platform.shutdown();
        closed.countDown();
    }
}
