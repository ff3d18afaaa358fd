namespace AkkaReplication.Simulation.Processes;

/// <summary>What one actor of a process is told by others of the same process: in order, without loss, a little later.</summary>
internal sealed class Mailbox(SimulatedProcess process)
{
    private readonly Queue<Action> _mail = new();
    private bool _isScheduled;

    public void Tell(Action message)
    {
        _mail.Enqueue(message);
        if (_isScheduled)
            return;

        _isScheduled = true;
        process.AfterUs(process.World.Scheduling.Next(200), Drain);
    }

    private void Drain()
    {
        _isScheduled = false;
        for (var left = _mail.Count; left > 0; left--)
            _mail.Dequeue()();
    }
}
