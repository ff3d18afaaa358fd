using AkkaReplication.History;

namespace AkkaReplication.Testing.Clients;

/// <summary>A producer that writes down what becomes of every record.</summary>
internal sealed class RecordingProducer<TKey, TValue>(IProducer<TKey, TValue> producer, TestHistory history, SendAcks acks)
    : IProducer<TKey, TValue>
{
    private const int AnyPartition = -1;

    // A process' sends take effect in the order in which the history has them.
    private readonly Lock _inOrder = new();
    private readonly int _process = history.NextProcess();

    public Task<DeliveryResult> ProduceAsync(
        string topic, Message<TKey, TValue> message, CancellationToken ct = default) =>
        ProduceAsync(new TopicPartition(topic, AnyPartition), message, ct);

    public Task<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (ct.IsCancellationRequested)
            return Task.FromCanceled<DeliveryResult>(ct);

        RecordedSend send;
        Task<DeliveryResult> delivery;
        lock (_inOrder)
        {
            send = history.BeginSend(_process, partition, acks);
            delivery = Guarded(send, () => producer.ProduceAsync(partition, WithId(message, send), CancellationToken.None));
        }

        // The record is delivered all the same when the caller waits no longer.
        var recorded = RecordAsync(send, delivery);
        if (!ct.CanBeCanceled)
            return recorded;
        _ = recorded.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return recorded.WaitAsync(ct);
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null) =>
        Produce(new TopicPartition(topic, AnyPartition), message, handler);

    public void Produce(
        TopicPartition partition, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null) =>
        Produce(partition, message, (in DeliveryReport report) => handler?.Invoke(report));

    public void Produce(
        string topic, Message<TKey, TValue> message, IDeliveryHandler handler, object? state = null) =>
        Produce(new TopicPartition(topic, AnyPartition), message, handler, state);

    public void Produce(
        TopicPartition partition, Message<TKey, TValue> message, IDeliveryHandler handler, object? state = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Produce(partition, message, (in DeliveryReport report) => handler.OnDelivery(report, state));
    }

    public Task FlushAsync(CancellationToken ct = default) => producer.FlushAsync(ct);

    public ValueTask DisposeAsync() => producer.DisposeAsync();

    private void Produce(TopicPartition partition, Message<TKey, TValue> message, OnDelivery tell)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_inOrder)
        {
            var send = history.BeginSend(_process, partition, acks);
            Guarded(send, () =>
            {
                producer.Produce(partition, WithId(message, send), Handler.Instance, new Delivery(send, tell));
                return true;
            });
        }
    }

    private static Message<TKey, TValue> WithId(Message<TKey, TValue> message, RecordedSend send) => new()
    {
        Key = message.Key,
        Value = message.Value,
        Headers = RecordIdentity.Add(message.Headers, send.Id),
        Timestamp = message.Timestamp,
    };

    private static T Guarded<T>(RecordedSend send, Func<T> produce)
    {
        try
        {
            return produce();
        }
        catch
        {
            send.Refused();
            throw;
        }
    }

    private static async Task<DeliveryResult> RecordAsync(RecordedSend send, Task<DeliveryResult> delivery)
    {
        try
        {
            var result = await delivery.ConfigureAwait(false);
            send.Delivered(result.TopicPartitionOffset);
            return result;
        }
        catch (ProduceException e)
        {
            send.Failed(e.DeliveryReport);
            throw;
        }
        catch
        {
            send.Unknown();
            throw;
        }
    }

    private delegate void OnDelivery(in DeliveryReport report);

    private sealed record Delivery(RecordedSend Send, OnDelivery Tell);

    private sealed class Handler : IDeliveryHandler
    {
        public static readonly Handler Instance = new();

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            var delivery = (Delivery)state!;
            if (report.Error == ErrorCode.None)
                delivery.Send.Delivered(report.TopicPartitionOffset);
            else
                delivery.Send.Failed(report);
            delivery.Tell(report);
        }
    }
}
