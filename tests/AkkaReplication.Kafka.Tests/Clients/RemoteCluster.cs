using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.Clients;

/// <summary>A test cluster and a client that reaches it through sockets, and whose doings are in the cluster's history.</summary>
internal sealed class RemoteCluster : IAsyncDisposable
{
    private readonly KafkaClient _connected;

    private RemoteCluster(TestCluster cluster, KafkaClient connected)
    {
        Cluster = cluster;
        _connected = connected;
        Client = cluster.History.Record(connected);
    }

    public TestCluster Cluster { get; }

    public ReplicationClient Client { get; }

    public static async Task<RemoteCluster> StartAsync(
        int brokers = 3, Action<KafkaListenerOptions>? kafka = null, Action<KafkaClientOptions>? client = null)
    {
        var cluster = await TestCluster.StartAsync(brokers, options => options.Configure = embedded => embedded.UseKafka(own =>
        {
            own.AutoCreateTopicsEnable = false;
            kafka?.Invoke(own);
        }));
        try
        {
            var options = new KafkaClientOptions
            {
                BootstrapServers = $"{cluster.BootstrapServers()}{cluster.BootstrapServers("SSL")}",
            };
            client?.Invoke(options);
            return new RemoteCluster(cluster, await KafkaClient.ConnectAsync(options));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A token for what must happen, but not before long on a busy machine.</summary>
    public static CancellationToken Soon() => new CancellationTokenSource(KafkaCluster.Patience).Token;

    /// <summary>The values of that many records, from the consumer's positions on.</summary>
    public static async Task<List<string>> ReadAsync(IConsumer<string, string> consumer, int records)
    {
        var read = new List<string>();
        var soon = Soon();
        while (read.Count < records)
            read.Add((await consumer.ConsumeAsync(soon)).Message.Value);
        return read;
    }

    public async ValueTask DisposeAsync()
    {
        await _connected.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
