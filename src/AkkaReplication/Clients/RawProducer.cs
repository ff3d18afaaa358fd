using Akka.Event;
using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>
/// The shortest way from bytes to a batch: no serializer, no task, no object per record. Reports come per batch, to one
/// handler. Members may be called from any thread.
/// </summary>
public sealed class RawProducer : IAsyncDisposable
{
    private readonly ProducerCore _core;
    private readonly Action<RecordsReported> _report;
    private readonly ILoggingAdapter _log;

    internal RawProducer(ClientContext context, ProducerOptions options, Action<RecordsReported> report)
    {
        _report = report;
        _log = context.System.Log;
        _core = new ProducerCore(context, options, Report, static flush => flush.TrySetResult());
    }

    /// <summary>Hands a record over; its bytes are copied before this returns.</summary>
    /// <param name="partition">Its number, or -1 to let the key decide.</param>
    /// <param name="key">An empty one counts as null here.</param>
    /// <param name="state">Comes back in the report.</param>
    /// <returns>False where buffer.memory is used up: nothing happened, try again after a report.</returns>
    /// <exception cref="ReplicationException">The record was refused for another reason.</exception>
    public bool TryProduce(
        string topic, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, object? state = null) =>
        TryProduce(new ProducerRecord
        {
            Topic = topic,
            Partition = partition,
            Key = key,
            KeyIsNull = key.IsEmpty,
            Value = value,
            TimestampMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Completion = state,
        });

    /// <summary>Hands a record over; its bytes are copied before this returns.</summary>
    /// <returns>False where buffer.memory is used up: nothing happened, try again after a report.</returns>
    /// <exception cref="ReplicationException">The record was refused for another reason.</exception>
    public bool TryProduce(in ProducerRecord record)
    {
        ArgumentException.ThrowIfNullOrEmpty(record.Topic);
        ArgumentOutOfRangeException.ThrowIfLessThan(record.Partition, ProducerRecord.AnyPartition);
        var result = _core.Append(record, mayWait: false);
        return result.Error switch
        {
            ErrorCode.None => true,
            ErrorCode.RequestTimedOut => false,
            _ => throw new ReplicationException(
                result.Error, result.Message ?? "The record was refused.", result.Cause),
        };
    }

    /// <summary>Sends what is accepted so far without lingering, and waits until all of it is reported.</summary>
    /// <param name="ct">Ends the waiting only.</param>
    public Task FlushAsync(CancellationToken ct = default) => _core.FlushAsync(ct);

    /// <summary>Refuses records from now on and waits until all are reported, at most delivery.timeout.ms.</summary>
    public ValueTask DisposeAsync() => _core.DisposeAsync();

    private void Report(RecordsReported report)
    {
        try
        {
            _report(report);
        }
        catch (Exception e)
        {
            // The other batches' reports must not suffer.
            _log.Error(e, "A report handler threw for {0}", report.Partition);
        }
    }
}
