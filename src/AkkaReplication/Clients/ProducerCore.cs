using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>The part of every producer that knows no types: bytes in, reports out, flush.</summary>
internal sealed class ProducerCore
{
    private readonly ClientHost<ProducerClient> _host;
    /// <summary>What a disposal grants delivery handlers beyond delivery.timeout.ms.</summary>
    private const int HandlersGraceMs = 1_000;

    private readonly Action<RecordsReported> _report;
    private readonly Action<TaskCompletionSource> _flushed;
    private readonly TimeSpan _disposal;
    private readonly Dictionary<long, TaskCompletionSource> _flushes = [];
    private long _lastFlush;
    private bool _closed;

    /// <param name="report">Called on the client's actor, in order.</param>
    /// <param name="flushed">Completes a flush, of which every record has gone to <paramref name="report"/>.</param>
    public ProducerCore(
        ClientContext context,
        ProducerOptions options,
        Action<RecordsReported> report,
        Action<TaskCompletionSource> flushed)
    {
        var settings = context.Brokers.Adapt(options.ToSettings(context.Bootstrap));
        _report = report;
        _flushed = flushed;
        _disposal = TimeSpan.FromMilliseconds(
            Math.Min((long)settings.DeliveryTimeoutMs + HandlersGraceMs, int.MaxValue));
        _host = new ClientHost<ProducerClient>(
            context, "producer", settings.ClientId, new ProducerClient(settings, Random.Shared.NextDouble), Perform);
    }

    /// <exception cref="ObjectDisposedException">The producer was disposed of.</exception>
    public AppendResult Append(in ProducerRecord record, bool mayWait)
    {
        AppendResult result;
        lock (_host.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            result = _host.Machine.Append(_host.NowMs, record, mayWait);
        }

        if (result.Wake)
            _host.Wake();
        return result;
    }

    public Task FlushAsync(CancellationToken ct)
    {
        TaskCompletionSource flush;
        lock (_host.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            flush = BeginFlush();
        }

        _host.Wake();
        return flush.Task.WaitAsync(ct);
    }

    /// <summary>Refuses records from now on, waits until all are reported, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Task flushed;
        lock (_host.Gate)
        {
            if (_closed)
                return;

            _closed = true;
            flushed = BeginFlush().Task;
            _host.Machine.Close();
        }

        _host.Wake();
        try
        {
            await flushed.WaitAsync(_disposal).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Everything is reported by now; a handler that does not return must not hold up a disposal for ever.
        }

        await _host.StopAsync().ConfigureAwait(false);
    }

    private TaskCompletionSource BeginFlush()
    {
        var flush = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_host.Machine.IsAborted)
        {
            flush.SetResult();
            return flush;
        }

        _flushes.Add(++_lastFlush, flush);
        _host.Machine.Flush(_lastFlush);
        return flush;
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case RecordsReported report:
                _report(report);
                break;
            case FlushCompleted completed:
                TaskCompletionSource? flush;
                lock (_host.Gate)
                    _flushes.Remove(completed.Token, out flush);
                if (flush is not null)
                    _flushed(flush);
                break;
        }
    }
}
