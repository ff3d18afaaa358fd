using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>The threads behind a dispatcher.</summary>
internal abstract class Executor
{
    /// <summary>True when the threads serve nobody else.</summary>
    public virtual bool OwnsThreads => false;

    public abstract void Execute(IRunnable run);

    /// <summary>Lets the threads finish what is queued and end; the next work starts new ones.</summary>
    public virtual void Shutdown()
    {
    }
}

/// <summary>The thread pool of .NET.</summary>
internal sealed class ThreadPoolExecutor : Executor
{
    public override void Execute(IRunnable run)
    {
        if (run is IThreadPoolWorkItem item)
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.Run(), run, preferLocal: false);
        }
    }
}

/// <summary>A task scheduler, such as that of a user interface.</summary>
internal sealed class TaskSchedulerExecutor(TaskScheduler scheduler) : Executor
{
    public override void Execute(IRunnable run) => Task.Factory.StartNew(
        static work => ((IRunnable)work!).Run(),
        run,
        CancellationToken.None,
        TaskCreationOptions.DenyChildAttach,
        scheduler);
}

/// <summary>Makes executors from the configuration of a dispatcher.</summary>
internal static class Executors
{
    public static Executor Create(string id, string? kind, Config config, IDispatcherPrerequisites prerequisites) => kind switch
    {
        null or "" or "default-executor" or "thread-pool-executor" or "channel-executor" => new ThreadPoolExecutor(),
        "task-executor" => new ThreadPoolExecutor(),
        "fork-join-executor" => ForkJoin(id, config, prerequisites),
        "current-context-executor" => CurrentContext(),
        _ => throw new ConfigurationException($"The executor [{kind}] of dispatcher [{id}] is not known.")
    };

    public static LaneExecutor Pinned(string id) => new LaneExecutor(ActorThreads.Own(id, 1, isBackground: true), 1);

    private static LaneExecutor ForkJoin(string id, Config config, IDispatcherPrerequisites prerequisites)
    {
        var pool = config.GetConfig("dedicated-thread-pool");
        if (pool is null || pool.IsEmpty)
        {
            throw new ConfigurationException(
                $"The dispatcher [{id}] uses fork-join-executor without a dedicated-thread-pool section.");
        }

        var threadCount = Math.Max(pool.GetInt("thread-count", Environment.ProcessorCount), 1);
        var isBackground = pool.GetString("threadtype", "background") != "foreground";
        var threads = pool.GetString("shared-as") is { Length: > 0 } shared && isBackground
            ? prerequisites.Settings.System.Dispatchers.SharedThreads(shared)
            : ActorThreads.Own(id, threadCount, isBackground);
        return new LaneExecutor(threads, threadCount);
    }

    private static TaskSchedulerExecutor CurrentContext() => new(
        SynchronizationContext.Current is null
            ? TaskScheduler.Default
            : TaskScheduler.FromCurrentSynchronizationContext());
}
