using System.Diagnostics;
using AkkaReplication.Clients;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// Sends records at a given rate and measures each from the moment at which it was due, so that a stall counts for all who
/// had to wait for it.
/// </summary>
internal sealed class PacedProducer : IAsyncDisposable
{
    public const int RecordBytes = 1024;

    private readonly RawProducer _producer;
    private readonly AutoResetEvent _reported = new(false);
    private readonly byte[] _value = new byte[RecordBytes];
    private LatencyHistogram _latencies = new();
    private RecordsReported? _failure;

    public PacedProducer(ReplicationClient client, Action<ProducerOptions>? configure = null)
    {
        new Random(1).NextBytes(_value);
        _producer = client.CreateRawProducer(OnReported, configure);
    }

    /// <summary>So many records, as fast as it goes; records per second.</summary>
    public async Task<double> FillAsync(string topic, long records, CancellationToken stop)
    {
        var begun = Stopwatch.GetTimestamp();
        await OnOwnThread(() =>
        {
            for (var i = 0L; i < records; i++)
                Send(topic, null, stop);
        }).ConfigureAwait(false);
        await FlushAsync(stop).ConfigureAwait(false);
        return records / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>At that rate, for at least so long and until <paramref name="until"/> has ended.</summary>
    public async Task<LatencyHistogram> PaceAsync(
        string topic, double recordsPerSecond, TimeSpan duration, Task until, CancellationToken stop)
    {
        var latencies = new LatencyHistogram();
        _latencies = latencies;
        var begun = Stopwatch.GetTimestamp();
        await OnOwnThread(() =>
        {
            var sent = 0L;
            while (Stopwatch.GetElapsedTime(begun) is var elapsed && (elapsed < duration || !until.IsCompleted))
            {
                var due = (long)(elapsed.TotalSeconds * recordsPerSecond);
                if (sent >= due)
                {
                    Thread.Sleep(TimeSpan.FromMilliseconds(1));
                    continue;
                }

                // Those that became due together share the moment of the first.
                var moment = new Due(begun + (long)(sent / recordsPerSecond * Stopwatch.Frequency));
                for (; sent < due; sent++)
                    Send(topic, moment, stop);
            }
        }).ConfigureAwait(false);
        await FlushAsync(stop).ConfigureAwait(false);
        await until.ConfigureAwait(false);
        return latencies;
    }

    public async ValueTask DisposeAsync()
    {
        await _producer.DisposeAsync().ConfigureAwait(false);
        _reported.Dispose();
    }

    /// <summary>A thread of its own: it waits for memory, and must not take the actors' threads for that.</summary>
    private static Task OnOwnThread(Action work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task FlushAsync(CancellationToken stop)
    {
        await _producer.FlushAsync(stop).ConfigureAwait(false);
        ThrowIfFailed();
    }

    private void Send(string topic, Due? due, CancellationToken stop)
    {
        while (!_producer.TryProduce(topic, -1, default, _value, due))
        {
            stop.ThrowIfCancellationRequested();
            _reported.WaitOne();
            ThrowIfFailed();
        }
    }

    private void OnReported(RecordsReported report)
    {
        if (report.Error != ErrorCode.None)
            _failure ??= report;
        var now = Stopwatch.GetTimestamp();
        foreach (var completion in report.Completions)
        {
            if (completion is Due due)
                _latencies.Add(Stopwatch.GetElapsedTime(due.Timestamp, now));
        }

        _reported.Set();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new InvalidOperationException($"{failure.Partition}: {failure.Error} {failure.Message}");
    }

    private sealed record Due(long Timestamp);
}
