namespace AkkaReplication.Storage;

/// <summary>
/// Runs tasks one after another on a thread of its own, so that what blocks on one disk keeps no thread from anything else.
/// The thread begins with the first task and ends when there has been none for a while.
/// </summary>
internal sealed class OwnThreadScheduler(string name) : TaskScheduler
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private readonly Queue<Task> _tasks = new();
    private bool _hasThread;

    public override int MaximumConcurrencyLevel => 1;

    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            if (_hasThread)
            {
                Monitor.Pulse(_tasks);
                return;
            }

            _hasThread = true;
        }

        new Thread(Run) { Name = name, IsBackground = true }.Start();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks)
            return [.. _tasks];
    }

    private void Run()
    {
        while (TryTake() is { } task)
            TryExecuteTask(task);
    }

    private Task? TryTake()
    {
        lock (_tasks)
        {
            // A task that comes while the wait runs out is not left behind: it is looked for under the same lock.
            while (_tasks.Count == 0)
            {
                if (!Monitor.Wait(_tasks, Idle) && _tasks.Count == 0)
                {
                    _hasThread = false;
                    return null;
                }
            }

            return _tasks.Dequeue();
        }
    }
}
