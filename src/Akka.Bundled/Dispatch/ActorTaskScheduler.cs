using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Brings the continuations of asynchronous handlers back into their actor. It belongs to one actor instance: tasks of
/// an instance that was replaced or stopped never run again.
/// </summary>
public class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;
    private int _pending;
    private bool _abandoned;

    internal ActorTaskScheduler(ActorCell cell) => _cell = cell;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>True while the actor waits for a task and must not get another message.</summary>
    internal bool IsAwaiting => _pending > 0;

    /// <summary>Runs an action as a task of the current actor.</summary>
    /// <exception cref="InvalidOperationException">No actor runs on this thread.</exception>
    public static void RunTask(Action action) => RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>
    /// Runs an asynchronous action as a task of the current actor, which handles no other message until it has
    /// completed. An exception of the task fails the actor like one of a handler.
    /// </summary>
    /// <exception cref="InvalidOperationException">No actor runs on this thread.</exception>
    public static void RunTask(Func<Task> asyncAction)
    {
        var cell = ActorCell.Current
            ?? throw new InvalidOperationException("RunTask must be called from an actor context.");
        cell.TaskScheduler.Run(asyncAction);
    }

    /// <summary>Runs a continuation, unless its actor instance is gone.</summary>
    internal void Execute(Task task)
    {
        if (!_abandoned)
        {
            WithoutContext(static (scheduler, task) => scheduler.TryExecuteTask(task), task);
        }
    }

    /// <summary>Gives up all tasks: the instance is gone.</summary>
    internal void Abandon()
    {
        _abandoned = true;
        for (; _pending > 0; _pending--)
        {
            _cell.ResumeMailbox();
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _cell.SendSystemMessage(new ActorTask(this, task));

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !_abandoned && ReferenceEquals(ActorCell.Current, _cell) && TryExecuteTask(task);

    private void Run(Func<Task> asyncAction)
    {
        var start = new Task<Task>(asyncAction);
        WithoutContext(static (scheduler, start) => start.RunSynchronously(scheduler), start);
        if (start.IsCompletedSuccessfully && start.Result.IsCompletedSuccessfully)
        {
            return;
        }

        _pending++;
        _cell.SuspendMailbox();
        start.Unwrap().ContinueWith(
            static (task, scheduler) => ((ActorTaskScheduler)scheduler!).Complete(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            this);
    }

    /// <summary>
    /// An await prefers the thread's synchronization context to the scheduler, and would leave the actor for it.
    /// </summary>
    private void WithoutContext<TTask>(Action<ActorTaskScheduler, TTask> run, TTask task)
        where TTask : Task
    {
        var context = SynchronizationContext.Current;
        if (context is null)
        {
            run(this, task);
            return;
        }

        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            run(this, task);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Complete(Task task)
    {
        _pending--;
        _cell.ResumeMailbox();
        _cell.TaskCompleted(Failure(task));
    }

    private static Exception? Failure(Task task) => task.Status switch
    {
        TaskStatus.Canceled => new TaskCanceledException(task),
        TaskStatus.Faulted => task.Exception is { InnerExceptions.Count: 1 } single
            ? single.InnerExceptions[0]
            : task.Exception,
        _ => null
    };
}
