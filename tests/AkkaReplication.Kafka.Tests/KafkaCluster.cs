namespace AkkaReplication.Kafka.Tests;

/// <summary>Three brokers that listen for Kafka clients, and their data directory, for one test.</summary>
internal sealed class KafkaCluster : IAsyncDisposable
{
    /// <summary>Longer than any condition takes, also on a machine that has other things to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory;

    private KafkaCluster(DirectoryInfo directory, EmbeddedCluster cluster)
    {
        _directory = directory;
        Cluster = cluster;
    }

    public EmbeddedCluster Cluster { get; }

    public static async Task<KafkaCluster> StartAsync(Action<KafkaListenerOptions>? kafka = null, int brokers = 3)
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-kafka-");
        var options = new EmbeddedClusterOptions
        {
            Name = "kafka",
            Brokers = brokers,
            DataDirectory = directory.FullName,
            Settings = new ReplicationSettings { LogDirMinFreeBytes = 0, OffsetsTopicNumPartitions = 3 },
            StartTimeout = Patience,
        };
        options.UseKafka(kafka);
        return new KafkaCluster(directory, await EmbeddedCluster.StartAsync(options));
    }

    public int PortOf(int broker) =>
        Cluster.Describe().Brokers.Single(b => b.Id.Value == broker).Endpoints.Single().Port;

    public Task<KafkaTestClient> ConnectAsync(int broker) => KafkaTestClient.ConnectAsync(PortOf(broker));

    /// <summary>A topic on all brokers; returns the leader of its first partition. All leaders know that they lead.</summary>
    public async Task<int> CreateTopicAsync(string topic, int partitions = 1)
    {
        await using (var admin = Cluster.CreateClient().CreateAdminClient())
            await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions }]);

        return await EventuallyAsync(() =>
        {
            var led = Cluster.Describe().Partitions.Count(p => p.Partition.Topic == topic && p.HighWatermark >= 0);
            return Task.FromResult(led == partitions ? LeaderOf(topic) : null);
        });
    }

    /// <summary>The leader of the topic's first partition once its replica serves, or null.</summary>
    public int? LeaderOf(string topic)
    {
        var partition = Cluster.Describe().Partitions.SingleOrDefault(
            p => p.Partition == new TopicPartition(topic, 0));
        return partition?.HighWatermark >= 0 ? partition.Leader.Value : null;
    }

    public static async Task<T> EventuallyAsync<T>(Func<Task<T?>> probe)
        where T : struct
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await probe() is { } found)
                return found;
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Waits until it holds; where it never does, that is said in those words.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, Func<string>? whatIs = null)
    {
        try
        {
            await EventuallyAsync(() => Task.FromResult(condition() ? true : (bool?)null));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It did not come true within {Patience.TotalSeconds} s. {whatIs?.Invoke()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
