using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks.RealStorage;

/// <summary>
/// Runs the tasks of one life as events of virtual time, each after a delay; none once the life has ended. Never runs one
/// where it is started.
/// </summary>
/// <param name="time">Whose events they are.</param>
/// <param name="delayUs">How long the next one takes.</param>
/// <param name="ran">Called in the same event, after each of them.</param>
internal sealed class VirtualScheduler(VirtualTime time, Func<long> delayUs, Action ran) : TaskScheduler
{
    private bool _hasEnded;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>The process is gone: what it had queued never happens.</summary>
    public void End() => _hasEnded = true;

    protected override void QueueTask(Task task)
    {
        if (_hasEnded)
            return;

        time.After(delayUs(), () =>
        {
            if (_hasEnded)
                return;
            TryExecuteTask(task);
            ran();
        });
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
