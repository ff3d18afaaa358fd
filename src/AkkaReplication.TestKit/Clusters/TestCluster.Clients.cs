namespace AkkaReplication.Testing;

/// <summary>Clients, and the history of what they did.</summary>
public sealed partial class TestCluster
{
    /// <summary>
    /// The way into the cluster, for the service that is tested: what producers and consumers made by it do is in
    /// <see cref="History"/>. It lives as long as the cluster.
    /// </summary>
    public ReplicationClient Client { get; }

    /// <summary>What the clients of this cluster did and saw, to be judged.</summary>
    public TestHistory History { get; }

    /// <summary>A producer of <see cref="Client"/>.</summary>
    /// <inheritdoc cref="ReplicationClient.CreateProducer{TKey, TValue}"/>
    public IProducer<TKey, TValue> CreateProducer<TKey, TValue>(Action<ProducerOptions>? configure = null) =>
        Client.CreateProducer<TKey, TValue>(configure);

    /// <summary>A consumer of <see cref="Client"/>.</summary>
    /// <inheritdoc cref="ReplicationClient.CreateConsumer{TKey, TValue}"/>
    public IConsumer<TKey, TValue> CreateConsumer<TKey, TValue>(Action<ConsumerOptions>? configure = null) =>
        Client.CreateConsumer<TKey, TValue>(configure);

    /// <summary>An administrative client of <see cref="Client"/>.</summary>
    /// <inheritdoc cref="ReplicationClient.CreateAdminClient"/>
    public IAdminClient CreateAdminClient(Action<AdminOptions>? configure = null) => Client.CreateAdminClient(configure);

    private void Watch(ClusterObservation observation)
    {
        _recent.Add(observation);
        History.Excuse(observation);
    }
}
