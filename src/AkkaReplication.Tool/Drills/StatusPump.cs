using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>Shows the state of a drill at regular intervals until it is disposed, and once more then.</summary>
internal sealed class StatusPump : IAsyncDisposable
{
    private readonly Func<DrillStatus> _status;
    private readonly IScreen _screen;
    private readonly PeriodicTimer _timer;
    private readonly Task _pumping;

    public StatusPump(Func<DrillStatus> status, IScreen screen, TimeSpan interval)
    {
        _status = status;
        _screen = screen;
        _timer = new PeriodicTimer(interval);
        _pumping = Task.Run(PumpAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _pumping.ConfigureAwait(false);
        _screen.Status(_status());
    }

    private async Task PumpAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false))
            _screen.Status(_status());
    }
}
