package io.cardume.manager.http;

import io.cardume.api.ContainerStatus;
import io.cardume.api.CronLabels;
import io.cardume.api.GoDuration;
import io.cardume.api.ObjectVersion;
import io.cardume.api.RunsView;
import io.cardume.api.ServiceView;
import io.cardume.api.TaskState;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Job;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.ManagerLoop;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Jobs: their runs, and how the last one goes. */
final class Jobs {
    private final ManagerLoop loop;

    Jobs(ManagerLoop loop) {
        this.loop = loop;
    }

    List<Route> routes() {
        return List.of(Route.get("/services/{id}/runs", UserRole.VIEWER, this::runs));
    }

    private void runs(Exchange exchange) {
        var state = loop.published();
        var service = Lookup.service(exchange.spaces(), state, exchange.path("id"));
        var job = service.job().orElseThrow(() -> new ApiException(400, "service " + service.name() + " is "
                + service.spec().mode().word() + "; only jobs have runs: --mode replicated-job or --mode global-job"));
        var cron = CronLabels.of(service.spec());
        exchange.json(200, new RunsView(service.id(), service.name(), cron.map(CronLabels::text), cron.map(labels -> labels.zone().getId()),
                cron.map(labels -> word(labels.overlap())), cron.map(labels -> GoDuration.text(labels.window())), job.due(),
                job.missed(), job.lastMissed(), job.runs().reversed().stream().map(run -> of(run, service, state)).toList()));
    }

    private static RunsView.Run of(JobRun run, Service service, ClusterState state) {
        var tasks = state.tasksOf(service.id()).stream().filter(task -> task.iteration() == run.iteration()).toList();
        long slots = tasks.stream().map(Task::slot).distinct().count();
        long completed = run.hasEnded() ? run.completed() : completed(tasks);
        var exits = run.hasEnded()
                ? run.exits().stream().map(exit -> new RunsView.Exit(exit.task(), exit.node(), exit.code(), exit.err())).toList()
                : tasks.stream().filter(Task::endedByItself).limit(JobRun.EXITS).map(Jobs::exit).toList();
        long wanted = run.total() > 0 ? run.total() : Math.max(slots, run.exits().size());
        return new RunsView.Run(run.iteration(), word(run.cause()), run.scheduledFor(), run.startedAt(), run.endedAt(),
                word(run.outcome()), completed, run.failed(), wanted, run.skipped(), exits, run.message());
    }

    private static RunsView.Exit exit(Task task) {
        return new RunsView.Exit(task.id(), task.node(), task.status().container().flatMap(ContainerStatus::exitCode), task.status().err());
    }

    /** How many slots of a run's tasks have completed. */
    static long completed(List<Task> tasks) {
        return tasks.stream().filter(task -> task.status().state() == TaskState.COMPLETE).map(Task::slot).distinct().count();
    }

    /** The tasks of a job's newest run; of another service all. */
    static List<Task> newest(Service service, List<Task> tasks) {
        return service.job().map(job -> tasks.stream().filter(task -> task.iteration() == job.iteration()).toList()).orElse(tasks);
    }

    static Optional<ServiceView.JobView> status(Service service) {
        return service.job().map(job -> new ServiceView.JobView(new ObjectVersion(job.iteration()), job.last().map(JobRun::startedAt)));
    }

    /**
     * What a client that waits for a job is told by way of an update: that it failed for good, or that there is nothing to
     * wait for before its schedule's time comes. Otherwise it counts completions itself.
     */
    static Optional<ServiceView.UpdateView> update(Service service) {
        return service.job().flatMap(job -> {
            var last = job.last();
            if (job.idle() && job.running().isEmpty())
                return Optional.of(new ServiceView.UpdateView("completed", service.updatedAt(), Optional.of(service.updatedAt()), next(job)));
            return last.filter(run -> run.outcome() == JobRun.Outcome.FAILED).map(run ->
                    new ServiceView.UpdateView("paused", run.startedAt(), Optional.empty(), "job failed: " + run.message()));
        });
    }

    private static String next(Job job) {
        return job.due().map(at -> "the next run is due at " + at).orElse("no run is due");
    }

    /** How a job goes, in one sentence. */
    static String summary(Service service, Job job, ClusterState state) {
        if (job.last().isEmpty()) return "it has not run yet; " + next(job);
        var run = of(job.last().get(), service, state);
        var going = run.outcome().equals("running")
                ? "run " + run.iteration() + " goes on: " + run.completed() + " of " + run.wanted() + " tasks have completed"
                : "run " + run.iteration() + " " + run.outcome() + ": " + run.message();
        return going + (job.due().isPresent() ? "; " + next(job) : "");
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
