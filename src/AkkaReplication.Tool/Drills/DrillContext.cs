using AkkaReplication.Tool.Judging;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>The hands of a scenario: what it can do to the cluster, say about it, and wait for. One per run.</summary>
internal sealed class DrillContext(
    EmbeddedCluster cluster,
    ClusterWatch watch,
    IDrillClient client,
    ProduceHistory history,
    Timeline timeline,
    ReplicationSettings settings,
    Random random,
    CancellationToken stopped)
{
    private const int Few = 5;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);
    private static readonly byte[] ProbeValue = "probe"u8.ToArray();

    public ClusterWatch Watch => watch;

    public IDrillClient Client => client;

    public ProduceHistory History => history;

    public Timeline Timeline => timeline;

    public ReplicationSettings Settings => settings;

    public Random Random => random;

    public Promises Promises { get; } = new();

    public CancellationToken Stopped => stopped;

    public IReadOnlyList<BrokerId> Brokers => cluster.BrokerIds;

    /// <summary>The records that the scenario says must be lost; null for none.</summary>
    public IReadOnlyList<AcknowledgedRecord>? PredictedLoss { get; set; }

    /// <summary>Where a replica's files are.</summary>
    public string ReplicaDirectory(BrokerId broker, TopicPartition partition) =>
        Path.Combine(cluster.BrokerDirectory(broker), partition.ToString());

    public async Task KillAsync(BrokerId broker)
    {
        timeline.Act($"killing broker {broker}: no flush, no goodbye");
        await cluster.KillBrokerAsync(broker).WaitAsync(stopped).ConfigureAwait(false);
    }

    public async Task StartAsync(BrokerId broker)
    {
        timeline.Act($"starting broker {broker} again");
        await cluster.StartBrokerAsync(broker, stopped).ConfigureAwait(false);
    }

    /// <summary>Stops all replication to and from a broker, which goes on living and sending heartbeats.</summary>
    public void Stall(BrokerId broker, string why)
    {
        timeline.Act($"cutting broker {broker} off from replication: {why}");
        cluster.Network.BlockAll(broker);
    }

    public void Heal()
    {
        timeline.Act("replication flows again");
        cluster.Network.HealAll();
    }

    /// <summary>
    /// Waits until each partition has had further acknowledgements. With records so large that few go through in a
    /// second,
    /// a few of them are as good.
    /// </summary>
    public Task UntilAcknowledgedAsync(int more)
    {
        var before = Enumerable.Range(0, watch.Now.Partitions.Length).Select(history.AcknowledgedIn).ToArray();
        var start = timeline.Elapsed;
        return watch.UntilAsync(
            $"{more} more acknowledgements in every partition",
            () =>
            {
                var enough = timeline.Elapsed - start < Long ? more : Math.Min(more, Few);
                return before.Select((count, partition) => history.AcknowledgedIn(partition) - count).Min() >= enough;
            },
            () => $"{history.AcknowledgedCount} acknowledged, {history.Outstanding} outstanding"
                + (history.RefusedCount > 0 ? $", refused: {history.Refusals()}" : "")
                + "; " + Describing.InWords(watch.Now),
            stopped);
    }

    public Task UntilAllInSyncAsync() => watch.UntilEachAsync(
        "all replicas in sync", p => p.Leader.Exists && p.Isr.Length == p.Replicas.Length, stopped);

    /// <summary>Asks every partition for an acks=all until each refuses with the error.</summary>
    public async Task UntilRefusedAsync(ErrorCode error)
    {
        var answers = Array.Empty<ErrorCode>();
        await watch.UntilAsync(
            $"{error.KafkaName()} as the answer to acks=all",
            async () =>
            {
                answers = await Task.WhenAll(Enumerable.Range(0, watch.Now.Partitions.Length)
                    .Select(ProbeAsync)).ConfigureAwait(false);
                return answers.All(answer => answer == error);
            },
            () => string.Join(", ", answers.Select(answer => answer.KafkaName())),
            stopped).ConfigureAwait(false);
        timeline.Say(Tone.Neutral, $"a client asks for acks=all and is told {error.KafkaName()}");
    }

    private async Task<ErrorCode> ProbeAsync(int partition)
    {
        var sent = history.OnProbe(partition, ProbeValue);
        var answer = await client.ProbeAsync(partition, RecordKey.Of(sent.Record), ProbeValue, stopped)
            .ConfigureAwait(false);
        if (answer == ErrorCode.None)
            sent.Operation.Ok();
        else
            sent.Operation.Unknown();
        return answer;
    }
}
