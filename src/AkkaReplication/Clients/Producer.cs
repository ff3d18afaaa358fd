namespace AkkaReplication.Clients;

/// <summary>
/// Serializes on the caller's thread, straight into the batch, and completes callers from batch reports.
/// </summary>
internal sealed class Producer<TKey, TValue> : IProducer<TKey, TValue>
{
    private readonly ProducerCore _core;
    private readonly DeliveryLane _lane;
    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly long _bufferMemory;

    public Producer(
        ClientContext context, ProducerOptions options, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _keys = keys;
        _values = values;
        _bufferMemory = options.BufferMemory;
        _lane = new DeliveryLane($"{options.ClientId}-deliveries", options.BufferMemory, context.System.Log);
        _core = new ProducerCore(context, options, Report, _lane.Flush);
    }

    public Task<DeliveryResult> ProduceAsync(
        string topic, Message<TKey, TValue> message, CancellationToken ct = default) =>
        ProduceAsync(new TopicPartition(topic, ProducerRecord.AnyPartition), message, ct);

    public Task<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken ct = default)
    {
        Check(partition, message);
        if (ct.IsCancellationRequested)
            return Task.FromCanceled<DeliveryResult>(ct);

        var buffers = SerializationBuffers.Rent();
        try
        {
            var record = Serialize(buffers, partition, message);
            var delivery = new AwaitedDelivery(record.TimestampMs);
            Append(Completing(record, delivery), mayWait: true);
            if (ct.CanBeCanceled)
                delivery.CancelOn(ct);
            return delivery.Task;
        }
        catch (ProduceException refused)
        {
            return Task.FromException<DeliveryResult>(refused);
        }
        finally
        {
            buffers.Return();
        }
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null) =>
        Produce(new TopicPartition(topic, ProducerRecord.AnyPartition), message, handler);

    public void Produce(
        TopicPartition partition, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null) =>
        Produce(partition, message, handler is null ? null : DelegateHandler.Instance, handler);

    public void Produce(
        string topic, Message<TKey, TValue> message, IDeliveryHandler handler, object? state = null) =>
        Produce(new TopicPartition(topic, ProducerRecord.AnyPartition), message, handler, state);

    public void Produce(
        TopicPartition partition, Message<TKey, TValue> message, IDeliveryHandler? handler, object? state = null)
    {
        Check(partition, message);
        var buffers = SerializationBuffers.Rent();
        try
        {
            var record = Serialize(buffers, partition, message);
            if (handler is null)
                Append(record, mayWait: false);
            else
                AppendHandled(record, handler, state);
        }
        finally
        {
            buffers.Return();
        }
    }

    public Task FlushAsync(CancellationToken ct = default) => _core.FlushAsync(ct);

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    private static void Check(TopicPartition partition, Message<TKey, TValue> message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentException.ThrowIfNullOrEmpty(partition.Topic);
        ArgumentOutOfRangeException.ThrowIfLessThan(partition.Partition, ProducerRecord.AnyPartition);
    }

    private void AppendHandled(in ProducerRecord record, IDeliveryHandler handler, object? state)
    {
        var size = (int)Math.Min(ProducerClient.SizeOf(record), int.MaxValue);
        var delivery = _lane.TryBegin(handler, state, record.TimestampMs, size)
            ?? throw Refused(
                record,
                ErrorCode.RequestTimedOut,
                $"buffer.memory ({_bufferMemory} bytes) is used up by records whose handlers have not returned yet.");
        var isAccepted = false;
        try
        {
            Append(Completing(record, delivery), mayWait: false);
            isAccepted = true;
        }
        finally
        {
            if (!isAccepted)
                _lane.Drop(delivery);
        }
    }

    /// <exception cref="ProduceException">The record was refused at once.</exception>
    private void Append(in ProducerRecord record, bool mayWait)
    {
        var result = _core.Append(record, mayWait);
        if (!result.IsAccepted)
            throw Refused(record, result.Error, result.Message, result.Cause);
    }

    /// <exception cref="ProduceException">A serializer threw, or the timestamp is out of range.</exception>
    private ProducerRecord Serialize(
        SerializationBuffers buffers, TopicPartition partition, Message<TKey, TValue> message)
    {
        var timestampMs = TimestampOf(message, partition);
        return new ProducerRecord
        {
            Topic = partition.Topic,
            Partition = partition.Partition,
            TimestampMs = timestampMs,
            Key = Serialize(buffers, _keys, message.Key, MessageComponentType.Key, partition, message, timestampMs),
            KeyIsNull = message.Key is null,
            Value = Serialize(
                buffers, _values, message.Value, MessageComponentType.Value, partition, message, timestampMs),
            ValueIsNull = message.Value is null,
            Headers = message.Headers,
        };
    }

    private static ReadOnlySpan<byte> Serialize<T>(
        SerializationBuffers buffers,
        ISerializer<T> serializer,
        T data,
        MessageComponentType component,
        TopicPartition partition,
        Message<TKey, TValue> message,
        long timestampMs)
    {
        try
        {
            return buffers.Serialize(
                serializer, data, new SerializationContext(component, partition.Topic, message.Headers));
        }
        catch (Exception e)
        {
            var role = component == MessageComponentType.Key ? "key.serializer" : "value.serializer";
            var text = $"{role} {serializer.GetType().Name} threw {e.GetType().Name}: {e.Message}";
            throw new ProduceException(
                DeliveryReports.Refused(partition, timestampMs, ErrorCode.InvalidRecord, text), e);
        }
    }

    private static ProducerRecord Completing(in ProducerRecord record, object completion) => new()
    {
        Topic = record.Topic,
        Partition = record.Partition,
        TimestampMs = record.TimestampMs,
        Key = record.Key,
        KeyIsNull = record.KeyIsNull,
        Value = record.Value,
        ValueIsNull = record.ValueIsNull,
        Headers = record.Headers,
        Completion = completion,
    };

    private static ProduceException Refused(
        in ProducerRecord record, ErrorCode error, string? message, Exception? cause = null) => new(
            DeliveryReports.Refused(
                new TopicPartition(record.Topic, record.Partition), record.TimestampMs, error, message),
            cause);

    private static long TimestampOf(Message<TKey, TValue> message, TopicPartition partition)
    {
        if (message.Timestamp == Timestamp.Default)
            return DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        var timestampMs = message.Timestamp.UnixTimestampMs;
        return timestampMs is >= 0 and <= Timestamp.GreatestMs
            ? timestampMs
            : throw new ProduceException(DeliveryReports.Refused(
                partition,
                timestampMs,
                ErrorCode.InvalidTimestamp,
                $"timestamp = {timestampMs}: 0 to {Timestamp.GreatestMs} ms since the Unix epoch is accepted"
                + " (1970-01-01 to 9999-12-31, UTC)."));
    }

    private void Report(RecordsReported report)
    {
        for (var i = 0; i < report.Completions.Count; i++)
            (report.Completions[i] as AwaitedDelivery)?.Complete(report, i);
        _lane.Report(report);
    }
}
