using Akka.Event;

namespace AkkaReplication.Clients;

/// <summary>
/// Serializes on the caller's thread, straight into the batch, and completes callers from batch reports.
/// </summary>
internal sealed class Producer<TKey, TValue> : IProducer<TKey, TValue>
{
    private readonly ProducerCore _core;
    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly ILoggingAdapter _log;

    public Producer(
        ClientContext context, ProducerOptions options, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _keys = keys;
        _values = values;
        _log = context.System.Log;
        _core = new ProducerCore(context, options, Report);
    }

    public Task<DeliveryResult> ProduceAsync(
        string topic, Message<TKey, TValue> message, CancellationToken ct = default) =>
        ProduceAsync(new TopicPartition(topic, ProducerRecord.AnyPartition), message, ct);

    public Task<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken ct = default)
    {
        if (ct.IsCancellationRequested)
            return Task.FromCanceled<DeliveryResult>(ct);

        var timestampMs = TimestampOf(message);
        var delivery = new AwaitedDelivery(timestampMs);
        if (Append(partition, message, timestampMs, delivery, mayWait: true) is { } refused)
            return Task.FromException<DeliveryResult>(new ProduceException(refused));

        if (ct.CanBeCanceled)
            delivery.CancelOn(ct);
        return delivery.Task;
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null) =>
        Produce(new TopicPartition(topic, ProducerRecord.AnyPartition), message, handler);

    public void Produce(TopicPartition partition, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null)
    {
        var timestampMs = TimestampOf(message);
        var delivery = handler is null ? null : new HandledDelivery(handler, timestampMs, _log);
        if (Append(partition, message, timestampMs, delivery, mayWait: false) is { } refused)
            throw new ProduceException(refused);
    }

    public Task FlushAsync(CancellationToken ct = default) => _core.FlushAsync(ct);

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    /// <summary>The report of a record that was refused at once, else null.</summary>
    private DeliveryReport? Append(
        TopicPartition partition,
        Message<TKey, TValue> message,
        long timestampMs,
        IDeliveryCompletion? delivery,
        bool mayWait)
    {
        ArgumentException.ThrowIfNullOrEmpty(partition.Topic);
        ArgumentOutOfRangeException.ThrowIfLessThan(partition.Partition, ProducerRecord.AnyPartition);
        var buffers = SerializationBuffers.Rent();
        try
        {
            var record = new ProducerRecord
            {
                Topic = partition.Topic,
                Partition = partition.Partition,
                TimestampMs = timestampMs,
                Key = buffers.Serialize(
                    _keys,
                    message.Key,
                    new SerializationContext(MessageComponentType.Key, partition.Topic, message.Headers)),
                KeyIsNull = message.Key is null,
                Value = buffers.Serialize(
                    _values,
                    message.Value,
                    new SerializationContext(MessageComponentType.Value, partition.Topic, message.Headers)),
                ValueIsNull = message.Value is null,
                Headers = message.Headers,
                Completion = delivery,
            };
            var result = _core.Append(record, mayWait);
            return result.IsAccepted ? null : DeliveryReports.Refused(record, result);
        }
        finally
        {
            buffers.Return();
        }
    }

    private static long TimestampOf(Message<TKey, TValue> message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Timestamp == Timestamp.Default
            ? DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()
            : message.Timestamp.UnixTimestampMs;
    }

    private static void Report(RecordsReported report)
    {
        for (var i = 0; i < report.Completions.Count; i++)
            (report.Completions[i] as IDeliveryCompletion)?.Complete(report, i);
    }
}
