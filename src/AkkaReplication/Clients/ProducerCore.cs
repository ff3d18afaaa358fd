using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Someone who wants to know what became of one record.</summary>
internal interface IDeliveryCompletion
{
    /// <param name="index">The record's place among the reported ones.</param>
    void Complete(RecordsReported report, int index);
}

/// <summary>The part of every producer that knows no types: bytes in, reports out, flush.</summary>
internal sealed class ProducerCore
{
    private readonly ClientHost<ProducerClient> _host;
    private readonly Action<RecordsReported> _report;
    private readonly Dictionary<long, TaskCompletionSource> _flushes = [];
    private long _lastFlush;
    private bool _closed;

    public ProducerCore(ClientContext context, ProducerOptions options, Action<RecordsReported> report)
    {
        var settings = options.ToSettings(context.Bootstrap);
        Acks = options.Acks;
        _report = report;
        _host = new ClientHost<ProducerClient>(
            context, "producer", settings.ClientId, new ProducerClient(settings, Random.Shared.NextDouble), Perform);
    }

    public Acks Acks { get; }

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
        await flushed.ConfigureAwait(false);
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
                flush?.TrySetResult();
                break;
        }
    }
}
