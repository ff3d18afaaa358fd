namespace AkkaReplication.Tests.Hosting;

/// <summary>An embedded cluster with fast timeouts in a directory of its own, gone when disposed.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _directory;
    private readonly bool _ownsDirectory;

    private TestCluster(string directory, bool ownsDirectory, EmbeddedCluster cluster, ReplicationClient client)
    {
        _directory = directory;
        _ownsDirectory = ownsDirectory;
        Cluster = cluster;
        Client = client;
    }

    public static ReplicationSettings FastSettings { get; } = new()
    {
        BrokerHeartbeatIntervalMs = 50,
        BrokerSessionTimeoutMs = 1_000,
        ReplicaLagTimeMaxMs = 500,
        ReplicaFetchWaitMaxMs = 100,
        ReplicaFetchBackoffMs = 50,
    };

    public EmbeddedCluster Cluster { get; }

    public ReplicationClient Client { get; }

    public static Task<TestCluster> StartAsync(
        int brokers = 3, ReplicationSettings? settings = null, Akka.Actor.ActorSystem? system = null) =>
        StartAsync(
            Directory.CreateTempSubdirectory("akkarepl-test-").FullName, ownsDirectory: true, brokers, settings, system);

    /// <summary>With options of the test's own.</summary>
    public static Task<TestCluster> StartAsync(Action<EmbeddedClusterOptions> configure) => StartAsync(
        Directory.CreateTempSubdirectory("akkarepl-test-").FullName,
        ownsDirectory: true, brokers: 3, settings: null, system: null, configure);

    /// <summary>In a directory that the test owns, to be started again there.</summary>
    public static Task<TestCluster> StartInAsync(
        string directory, int brokers = 3, Action<EmbeddedClusterOptions>? configure = null) =>
        StartAsync(directory, ownsDirectory: false, brokers, settings: null, system: null, configure);

    private static async Task<TestCluster> StartAsync(
        string directory,
        bool ownsDirectory,
        int brokers,
        ReplicationSettings? settings,
        Akka.Actor.ActorSystem? system,
        Action<EmbeddedClusterOptions>? configure = null)
    {
        var options = new EmbeddedClusterOptions
        {
            Name = Path.GetFileName(directory),
            Brokers = brokers,
            DataDirectory = directory,
            Settings = settings ?? FastSettings,
            StartTimeout = Patience,
        };
        Transport.Prepare(options);
        configure?.Invoke(options);
        var cluster = system is null
            ? await EmbeddedCluster.StartAsync(options)
            : await ReplicationCluster.Get(system).StartAsync(options);
        return new TestCluster(directory, ownsDirectory, cluster, await Transport.ConnectAsync(cluster));
    }

    /// <summary>Creates a topic with a replica on up to three brokers and waits until every partition is led.</summary>
    public async Task CreateTopicAsync(string name, int partitions, Dictionary<string, string>? configs = null)
    {
        await using var admin = Client.CreateAdminClient();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, Configs = configs }]);
        await EventuallyAsync(
            $"every partition of {name} is led by a broker that serves",
            c => c.Partitions.Count(p => p.Partition.Topic == name && p.HighWatermark >= 0) == partitions);
    }

    /// <summary>Reads every partition of the topic from its beginning to its end, partition by partition.</summary>
    public async Task<IReadOnlyList<(TopicPartitionOffset Offset, string Value)>> ReadAllAsync(string topic)
    {
        using var timeout = new CancellationTokenSource(Patience);
        await using var consumer = Client.CreateConsumer<string, string>();
        var partitions = Cluster.Describe().Partitions.Select(p => p.Partition).Where(p => p.Topic == topic).ToArray();
        var read = new List<(TopicPartitionOffset, string)>();
        foreach (var end in await consumer.EndOffsetsAsync(partitions, timeout.Token))
        {
            consumer.Assign([new TopicPartitionOffset(end.TopicPartition, Offset.Beginning)]);
            for (long next = 0; next < end.Offset.Value;)
            {
                var result = await consumer.ConsumeAsync(timeout.Token);
                read.Add((result.TopicPartitionOffset, result.Message.Value));
                next = result.Offset.Value + 1;
            }
        }

        return read;
    }

    /// <summary>Bytes of the segments that the first broker has of a partition.</summary>
    public long StoredBytes(string partition) =>
        Directory.GetFiles(Path.Combine(Cluster.BrokerDirectory(Cluster.BrokerIds[0]), partition), "*.log")
            .Sum(file => new FileInfo(file).Length);

    public PartitionDescription Partition(string topic, int partition = 0) =>
        Cluster.Describe().Partitions.Single(p => p.Partition == new TopicPartition(topic, partition));

    /// <summary>Waits until the cluster is as described; fails with what it was last.</summary>
    public async Task EventuallyAsync(string what, Func<ClusterDescription, bool> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var now = Cluster.Describe();
            if (condition(now))
                return;
            if (DateTime.UtcNow > deadline)
                Assert.Fail($"Not within {Patience.TotalSeconds} s: {what}. The cluster is {Print(now)}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits until the partition is as described.</summary>
    public Task EventuallyAsync(string topic, int partition, string what, Func<PartitionDescription, bool> condition) =>
        EventuallyAsync(
            what,
            c => c.Partitions.FirstOrDefault(p => p.Partition == new TopicPartition(topic, partition)) is { } found && condition(found));

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        if (_ownsDirectory)
            Directory.Delete(_directory, recursive: true);
    }

    private static string Print(ClusterDescription cluster) => string.Join(
        Environment.NewLine,
        cluster.Brokers.Select(b => b.ToString()).Concat(cluster.Partitions.Select(p =>
            $"{p.Partition} leader {p.Leader} epoch {p.LeaderEpoch} isr [{string.Join(",", p.Isr)}] elr [{string.Join(",", p.Elr)}] "
            + string.Join("; ", p.LivingReplicas.Select(r => $"{r.Broker}:{r.Role}@{r.LeaderEpoch} hw {r.HighWatermark} leo {r.LogEndOffset}")))));
}
