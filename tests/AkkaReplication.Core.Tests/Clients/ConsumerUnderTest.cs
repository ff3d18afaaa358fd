using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// A consumer against model logs, with a reader that takes what there is whenever the machine says so.
/// </summary>
internal sealed class ConsumerUnderTest
{
    public const string Topic = "orders";
    public static readonly ImmutableArray<BrokerId> Brokers = [new(0), new(1), new(2)];

    private readonly Dictionary<TopicPartition, List<(long Offset, long Value)>> _read = [];
    private long _metadataOffset;

    public ConsumerUnderTest(int seed, ConsumerSettings? settings = null, int partitions = 3)
    {
        Network = new ModelNetwork(new Random(seed), Perform) { Serve = Serve };
        for (var i = 0; i < partitions; i++)
            Logs.Add(new ModelLog(new TopicIdPartition(TopicId, i)) { Leader = Brokers[i % 3] });
        Consumer = new ConsumerClient(
            (settings ?? new ConsumerSettings()) with { Bootstrap = Brokers }, Network.Random.NextDouble);
        Network.Machine = Consumer;
    }

    public ModelNetwork Network { get; }

    public ConsumerClient Consumer { get; }

    public List<ModelLog> Logs { get; } = [];

    public TopicId TopicId { get; private set; } = new(new Guid(1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8));

    public List<ConsumerFailure> Failures { get; } = [];

    public List<OffsetsFound> Found { get; } = [];

    public List<ClientObservation> Observed { get; } = [];

    public List<(BrokerId Broker, FetchRequest Request)> Fetches { get; } = [];

    /// <summary>Bytes of records in all answers.</summary>
    public long ServedBytes { get; private set; }

    /// <summary>Brokers that take requests and never answer.</summary>
    public HashSet<BrokerId> Silent { get; } = [];

    /// <summary>Whether the reader takes what is there.</summary>
    public bool IsReading { get; set; } = true;

    /// <summary>Called after each record, to look or to interfere.</summary>
    public Action<ConsumerUnderTest, TopicPartition, long> OnRecord { get; set; } = static (_, _, _) => { };

    public IReadOnlyList<(long Offset, long Value)> Read(int partition) =>
        _read.GetValueOrDefault(new TopicPartition(Topic, partition)) ?? [];

    public void Assign(params (int Partition, long Offset)[] positions) => Do(() =>
        Consumer.Assign(positions.Select(p => (new TopicPartition(Topic, p.Partition), p.Offset))));

    public void Do(Action action)
    {
        action();
        Network.Turn();
        Take();
    }

    /// <summary>Leaders, logs or the topic itself have changed.</summary>
    public void Publish() => _metadataOffset++;

    /// <summary>The topic is deleted and created again, empty.</summary>
    public void Recreate()
    {
        TopicId = new TopicId(new Guid(2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8));
        for (var i = 0; i < Logs.Count; i++)
            Logs[i] = new ModelLog(new TopicIdPartition(TopicId, i)) { Leader = Brokers[i % 3] };
        Publish();
    }

    /// <summary>Does what the reader's thread does.</summary>
    public void Take()
    {
        while (IsReading)
        {
            var records = Consumer.TryTake(out var failure);
            if (failure is not null)
                Failures.Add(failure);
            else if (records is null)
                return;
            else
                Consume(records);
            Network.At(Network.Now, Network.Turn);
        }
    }

    private void Consume(FetchedRecords records)
    {
        var batches = new BatchSequence(records.Batches);
        var epoch = LeaderEpoch.None;
        while (batches.MoveNext())
        {
            epoch = batches.Header.PartitionLeaderEpoch;
            var reader = new RecordBatchReader(batches.Current);
            while (reader.MoveNext())
            {
                if (reader.Offset < records.FromOffset)
                    continue;
                if (!Consumer.IsCurrent(records))
                    return;

                Consumer.Advance(records, reader.Offset + 1, epoch);
                if (!_read.TryGetValue(records.Partition, out var read))
                    _read.Add(records.Partition, read = []);
                read.Add((reader.Offset, BitConverter.ToInt64(reader.Value.Span)));
                OnRecord(this, records.Partition, reader.Offset);
            }
        }

        Consumer.Advance(records, records.NextOffset, epoch);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case FetchedRecordsAvailable:
                Network.At(Network.Now, Take);
                break;
            case OffsetsFound found:
                Found.Add(found);
                break;
            case ClientObserved observed:
                Observed.Add(observed.Observation);
                break;
            default:
                throw new InvalidOperationException($"{effect} was not expected.");
        }
    }

    private void Serve(BrokerId broker, ClientRequest request, Action<ClientResponse> answer)
    {
        if (Silent.Contains(broker))
            return;

        switch (request)
        {
            case MetadataRequest metadata:
                answer(Describe(metadata));
                break;
            case ListOffsetsRequest offsets:
                answer(new ListOffsetsResponse([.. offsets.Queries.Select(q => Find(broker, q))]));
                break;
            case FetchRequest fetch:
                Fetches.Add((broker, fetch));
                Fetch(broker, fetch, Network.Now + fetch.MaxWaitMs, answer);
                break;
        }
    }

    private MetadataResponse Describe(MetadataRequest request)
    {
        var none = ImmutableSortedDictionary<string, string>.Empty;
        var partitions = Logs.Select(log => new PartitionInfo(
            log.Partition.Partition,
            ErrorCode.None,
            log.Leader,
            log.LeaderEpoch,
            new PartitionEpoch(0),
            Brokers,
            Brokers,
            []));
        return new MetadataResponse(
            "model",
            _metadataOffset,
            Brokers[0],
            [.. Brokers.Select(b => new BrokerInfo(b, null, false))],
            [
                .. request.Topics!.Value.Select(name => name == Topic
                    ? new TopicInfo(name, TopicId, ErrorCode.None, [.. partitions], none)
                    : new TopicInfo(name, TopicId.None, ErrorCode.UnknownTopicOrPartition, [], none)),
            ]);
    }

    private void Fetch(BrokerId broker, FetchRequest request, long until, Action<ClientResponse> answer)
    {
        if (Silent.Contains(broker))
            return;

        var left = request.MaxBytes;
        var results = request.Positions.Select(position => Fetch(broker, position, ref left)).ToImmutableArray();
        if (Network.Now < until
            && results.All(r => r.Error == ErrorCode.None && r.Records.IsEmpty && r.DivergingEpochEnd < 0))
            Network.At(Math.Min(until, Network.Now + 5), () => Fetch(broker, request, until, answer));
        else
            Answer(results, answer);
    }

    private void Answer(ImmutableArray<PartitionFetched> results, Action<ClientResponse> answer)
    {
        ServedBytes += results.Sum(r => (long)r.Records.Length);
        answer(new FetchResponse(results));
    }

    private PartitionFetched Fetch(BrokerId broker, FetchPosition position, ref int left)
    {
        var result = Fetch(broker, position with { MaxBytes = Math.Min(position.MaxBytes, left) });
        if (left <= 0)
            result = result with { Records = ReadOnlyMemory<byte>.Empty };
        left -= result.Records.Length;
        return result;
    }

    private PartitionFetched Fetch(BrokerId broker, FetchPosition position)
    {
        var log = Logs[position.Partition.Partition];
        if (log.Partition != position.Partition)
            return log.Fetched(ErrorCode.UnknownTopicId, []) with { Partition = position.Partition };
        if (position.LeaderEpoch < log.LeaderEpoch)
            return log.Fetched(ErrorCode.FencedLeaderEpoch, []);
        if (log.Leader != broker)
            return log.Fetched(ErrorCode.NotLeaderOrFollower, []);
        return Network.Chance(Network.Faults.RefuseBatch)
            ? log.Fetched(ErrorCode.KafkaStorageError, [])
            : log.Fetch(position);
    }

    private PartitionOffset Find(BrokerId broker, OffsetQuery query)
    {
        var log = Logs[query.Partition.Partition];
        if (log.Leader != broker || query.LeaderEpoch != log.LeaderEpoch)
            return new PartitionOffset(query.Partition, ErrorCode.NotLeaderOrFollower, -1, -1, LeaderEpoch.None);
        if (Network.Chance(Network.Faults.RefuseBatch))
            return new PartitionOffset(query.Partition, ErrorCode.OffsetNotAvailable, -1, -1, LeaderEpoch.None);

        var offset = query.TimestampMs == ConsumerClient.End ? log.EndOffset : log.StartOffset;
        return new PartitionOffset(query.Partition, ErrorCode.None, -1, offset, log.LeaderEpoch);
    }
}
