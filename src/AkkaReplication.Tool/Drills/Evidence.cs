using AkkaReplication.History;
using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Drills;

/// <summary>
/// What a drill left behind: the acknowledgements, what a consumer read, and the replicas' files. Collected while the
/// cluster lives (the consumer) and after it has stopped (the files); judged once.
/// </summary>
internal sealed class Evidence
{
    private const int ProcessOfConsumer = 2;
    private const int ProcessOfFirstBroker = 100;

    private readonly Acknowledgements _acknowledged;
    private readonly long _sent;
    private readonly string _topic;
    private readonly HistoryRecorder _recorder;
    private readonly ClusterDescription _end;
    private readonly IReadOnlyList<(BrokerId Broker, string Directory)> _brokers;
    private RecordedView? _consumer;

    public Evidence(
        EmbeddedCluster cluster,
        ClusterDescription end,
        ProduceHistory history,
        IReadOnlyList<AcknowledgedRecord>? predictedLoss)
    {
        _acknowledged = history.Acknowledgements();
        _sent = history.Sent;
        _topic = history.Topic;
        _recorder = history.Recorder;
        _end = end;
        _brokers = cluster.BrokerIds.Select(broker => (broker, cluster.BrokerDirectory(broker))).ToList();
        Refused = history.RefusedCount;
        Refusals = history.Refusals();
        PredictedLoss = predictedLoss;
    }

    public long Refused { get; }

    public string Refusals { get; }

    public IReadOnlyList<AcknowledgedRecord>? PredictedLoss { get; }

    public long Sent => _sent;

    /// <summary>The partitions as they stood when all was replicated.</summary>
    public IReadOnlyList<PartitionDescription> Partitions => _end.Partitions;

    public async Task ReadThroughConsumerAsync(IDrillClient client, CancellationToken ct)
    {
        var view = new RecordedView("the consumer", ProcessOfConsumer, _topic, _recorder);
        foreach (var partition in _end.Partitions)
        {
            var number = partition.Partition.Partition;
            await client.ReadAsync(
                number,
                partition.HighWatermark,
                record => view.OnRecord(
                    number, record.Offset, RecordKey.Parse(record.Key.Span), ValueDigest.Of(record.Value.Span)),
                ct).ConfigureAwait(false);
            view.OnEnd(number, partition.HighWatermark);
        }

        _consumer = view;
    }

    public Judgement Judge(int elections, long maxUnavailableMs, CancellationToken ct)
    {
        var differences = new List<string>();
        List<RecordedView> views = [_consumer ?? throw new InvalidOperationException("No consumer has read yet.")];
        foreach (var (broker, directory) in _brokers)
            views.Add(ReadFiles(broker, directory, differences, ct));

        // Files that cannot be read are one difference; comparing them would only say it again.
        if (differences.Count == 0)
            differences.AddRange(_end.Partitions.Select(partition => Compare(partition, ct)).OfType<string>());
        return new Judgement(
            _recorder.Snapshot(), _acknowledged, views, differences, elections, maxUnavailableMs);
    }

    private RecordedView ReadFiles(
        BrokerId broker, string directory, List<string> differences, CancellationToken ct)
    {
        var view = new RecordedView(
            $"broker {broker}'s files", ProcessOfFirstBroker + broker.Value, _topic, _recorder);
        foreach (var partition in _end.Partitions)
        {
            try
            {
                ReplicaFiles.ReadRecords(
                    Path.Combine(directory, partition.Partition.ToString()),
                    partition.Partition.Partition,
                    partition.HighWatermark,
                    view.OnRecord,
                    ct);
                view.OnEnd(partition.Partition.Partition, partition.HighWatermark);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                differences.Add($"{partition.Partition} on broker {broker} cannot be read: {OneLine.Of(e)}");
            }
        }

        return view;
    }

    private string? Compare(PartitionDescription partition, CancellationToken ct) => ReplicaComparison.FirstDifference(
        partition.Partition.ToString(),
        _brokers.Select(b => (
            $"broker {b.Broker}",
            ReplicaFiles.ReadBatches(
                Path.Combine(b.Directory, partition.Partition.ToString()), partition.HighWatermark)))
            .ToList(),
        ct);
}
