using System.Diagnostics;

namespace AkkaReplication.Benchmarks;

/// <summary>The most memory that this process was seen to hold while this object lived.</summary>
internal sealed class PeakMemory : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;

    public PeakMemory() => _sampling = Task.Run(SampleAsync);

    /// <summary>Of the managed heap, garbage included.</summary>
    public long ManagedBytes { get; private set; }

    public long ResidentBytes { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sampling.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var process = Process.GetCurrentProcess();
            ManagedBytes = Math.Max(ManagedBytes, GC.GetTotalMemory(forceFullCollection: false));
            ResidentBytes = Math.Max(ResidentBytes, process.WorkingSet64);
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
