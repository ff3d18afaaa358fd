namespace AkkaReplication.Tool.Drills;

/// <summary>
/// The drill's client, made of the same producer, consumer and admin client that an application gets.
/// </summary>
internal sealed class DrillClient : IDrillClient
{
    /// <summary>Within it, at the latest, a record must be acknowledged; longer than any wait of a scenario.</summary>
    private const int DeliveryTimeoutMs = 120_000;

    private const int ProbeTimeoutMs = 5_000;
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly ReplicationClient _client;
    private readonly string _topic;
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly IProducer<byte[], byte[]> _prober;
    private readonly IAdminClient _admin;

    public DrillClient(ReplicationClient client, string topic)
    {
        _client = client;
        _topic = topic;
        _producer = client.CreateProducer<byte[], byte[]>(options =>
        {
            options.ClientId = "drill";
            options.Acks = Acks.All;
            options.EnableIdempotence = true;
            options.LingerMs = 5;
            options.DeliveryTimeoutMs = DeliveryTimeoutMs;
        });
        _prober = client.CreateProducer<byte[], byte[]>(options =>
        {
            options.ClientId = "drill-probe";
            options.Acks = Acks.All;
            options.EnableIdempotence = false;
            options.Retries = 0;
            options.RequestTimeoutMs = ProbeTimeoutMs;
            options.DeliveryTimeoutMs = ProbeTimeoutMs;
        });
        _admin = client.CreateAdminClient();
    }

    public Task CreateTopicAsync(DrillTopic topic, CancellationToken ct)
    {
        var placed = topic.Assignments.Count > 0;
        var specification = new TopicSpecification
        {
            Name = topic.Name,
            NumPartitions = placed ? -1 : topic.Partitions,
            ReplicationFactor = placed ? (short)-1 : topic.ReplicationFactor,
            ReplicasAssignments = placed ? topic.Assignments : null,
            Configs = topic.Configs,
        };
        return _admin.CreateTopicsAsync([specification], ct: ct);
    }

    public async Task<long> ProduceAsync(int partition, byte[] key, byte[] value)
    {
        var delivered = await _producer.ProduceAsync(Partition(partition), Record(key, value)).ConfigureAwait(false);
        return delivered.Offset;
    }

    public async Task<ErrorCode> ProbeAsync(int partition, byte[] key, byte[] value, CancellationToken ct)
    {
        try
        {
            await _prober.ProduceAsync(Partition(partition), Record(key, value), ct).ConfigureAwait(false);
            return ErrorCode.None;
        }
        catch (ReplicationException e)
        {
            return e.Error;
        }
    }

    public async Task<IReadOnlyList<ErrorCode>> PartitionErrorsAsync(CancellationToken ct)
    {
        var topics = await _admin.DescribeTopicsAsync([_topic], ct).ConfigureAwait(false);
        return topics.Single().Partitions.Select(partition => partition.Error).ToList();
    }

    public async Task ReadAsync(int partition, long upToOffset, Action<ReadRecord> onRecord, CancellationToken ct)
    {
        await using var consumer = _client.CreateConsumer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>();
        consumer.Assign([new TopicPartitionOffset(Partition(partition), Offset.Beginning)]);
        for (var next = 0L; next < upToOffset;)
        {
            var result = await consumer.ConsumeAsync(ReadPatience, ct).ConfigureAwait(false)
                ?? throw new DrillException(
                    $"waited {ReadPatience.TotalSeconds:0} s for a consumer to read on from offset {next} of partition "
                    + $"{partition}, below its high watermark {upToOffset}");
            next = result.Offset + 1;
            if (result.Offset < upToOffset)
                onRecord(new ReadRecord(result.Offset, result.Message.Key, result.Message.Value));
        }
    }

    /// <summary>
    /// Waits for what is under way only for a moment: a drill that is stopped may have no cluster to answer it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        var closing = Task.WhenAll(
            _producer.DisposeAsync().AsTask(), _prober.DisposeAsync().AsTask(), _admin.DisposeAsync().AsTask());
        await closing.WaitAsync(Goodbye).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Message<byte[], byte[]> Record(byte[] key, byte[] value) => new() { Key = key, Value = value };

    private TopicPartition Partition(int number) => new(_topic, number);
}
