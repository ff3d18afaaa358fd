using AkkaReplication.Clients;
using AkkaReplication.History;

namespace AkkaReplication.Testing.Clients;

/// <summary>A way into a test's cluster; what its producers and consumers do is written down.</summary>
internal sealed class RecordingClient(ReplicationClient client, TestHistory history) : ReplicationClient(client)
{
    public override IProducer<TKey, TValue> CreateProducer<TKey, TValue>(
        Action<ProducerOptions>? configure = null,
        ISerializer<TKey>? keySerializer = null,
        ISerializer<TValue>? valueSerializer = null)
    {
        var acks = SendAcks.All;
        var producer = base.CreateProducer(
            options =>
            {
                configure?.Invoke(options);
                acks = options.Acks switch
                {
                    Acks.None => SendAcks.None,
                    Acks.Leader => SendAcks.Leader,
                    _ => SendAcks.All,
                };
            },
            keySerializer,
            valueSerializer);
        return new RecordingProducer<TKey, TValue>(producer, history, acks);
    }

    public override IConsumer<TKey, TValue> CreateConsumer<TKey, TValue>(
        Action<ConsumerOptions>? configure = null,
        IDeserializer<TKey>? keyDeserializer = null,
        IDeserializer<TValue>? valueDeserializer = null)
    {
        var isolation = Isolation.Uncommitted;
        var consumer = base.CreateConsumer(
            options =>
            {
                configure?.Invoke(options);
                if (options.IsolationLevel == IsolationLevel.ReadCommitted)
                    isolation = Isolation.Committed;
            },
            keyDeserializer,
            valueDeserializer);
        return new RecordingConsumer<TKey, TValue>(consumer, history, isolation);
    }
}
