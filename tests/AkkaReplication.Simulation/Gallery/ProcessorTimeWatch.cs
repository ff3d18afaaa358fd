namespace AkkaReplication.Simulation.Gallery;

/// <summary>
/// Expires when this process has used so much processor time since it was made: how busy the machine is otherwise does not
/// matter. What waits and uses none expires, too, after a hundred times as long.
/// </summary>
internal sealed class ProcessorTimeWatch : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _expired;
    private readonly Timer _timer;

    public ProcessorTimeWatch(TimeSpan limit)
    {
        _expired = new CancellationTokenSource(100 * limit);
        var until = Environment.CpuUsage.TotalTime + limit;
        _timer = new Timer(_ => Check(until), null, _interval, _interval);
    }

    public CancellationToken Expired => _expired.Token;

    public void Dispose()
    {
        // A check that is under way comes first.
        using (var stopped = new ManualResetEvent(false))
        {
            if (_timer.Dispose(stopped))
                stopped.WaitOne();
        }

        _expired.Dispose();
    }

    private void Check(TimeSpan until)
    {
        if (Environment.CpuUsage.TotalTime >= until)
            _expired.Cancel();
    }
}
