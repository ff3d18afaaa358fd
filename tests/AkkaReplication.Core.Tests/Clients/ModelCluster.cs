using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// Model brokers of one topic: leaders move, metadata lags, batches are refused or decided without the client's
/// knowing.
/// </summary>
internal sealed class ModelCluster
{
    public const string Topic = "orders";
    public static readonly TopicId Id = new(new Guid(7, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8));

    private readonly List<ImmutableArray<PartitionInfo>> _history = [];
    private readonly int _brokers;
    private long _lastProducerId = 4_000;

    public ModelCluster(int seed, int brokers, int partitions, Action<Effect> other)
    {
        Network = new ModelNetwork(new Random(seed), other) { Serve = Serve };
        _brokers = brokers;
        for (var i = 0; i < partitions; i++)
            Partitions.Add(new ModelPartition(new TopicIdPartition(Id, i)) { Leader = new BrokerId(i % brokers) });
        Publish();
    }

    public ModelNetwork Network { get; }

    public List<ModelPartition> Partitions { get; } = [];

    /// <summary>Produce requests that have arrived, as (time, broker, batches).</summary>
    public List<(long Time, BrokerId Broker, int Batches)> ProduceRequests { get; } = [];

    /// <summary>Brokers that take requests and never answer.</summary>
    public HashSet<BrokerId> Silent { get; } = [];

    /// <summary>Topics the cluster knows of but does not let the client use.</summary>
    public Dictionary<string, ErrorCode> RefusedTopics { get; } = [];

    public static ImmutableArray<BrokerId> Bootstrap { get; } = [new(0), new(1), new(2)];

    /// <summary>
    /// An error to be given to batches that reach a leader, before they are appended; null leaves it to chance.
    /// </summary>
    public Func<ModelPartition, PartitionBatch, ErrorCode?> Refuse { get; set; } = static (_, _) => null;

    public void MoveLeader(int partition, bool cut)
    {
        var moved = Partitions[partition];
        moved.MoveTo(AnyOther(moved.Leader), cut);
        Publish();
    }

    /// <summary>What a former leader had appended and the present one lacks is there again.</summary>
    public void MoveLeaderBack(int partition)
    {
        var moved = Partitions[partition];
        moved.MoveBackTo(AnyOther(moved.Leader));
        Publish();
    }

    /// <summary>Moves leaders at random moments until that time.</summary>
    public void KeepMovingLeadersUntil(long time)
    {
        if (Network.Now >= time)
            return;

        if (Network.Chance(Network.Faults.MoveLeader))
        {
            var partition = Network.Random.Next(Partitions.Count);
            if (Network.Chance(0.3))
                MoveLeaderBack(partition);
            else
                MoveLeader(partition, Network.Chance(0.5));
            if (Network.Chance(0.3))
                Network.BreakConnections(new BrokerId(Network.Random.Next(_brokers)));
        }

        Network.At(Network.Now + 50, () => KeepMovingLeadersUntil(time));
    }

    private BrokerId AnyOther(BrokerId broker) =>
        new((broker.Value + 1 + Network.Random.Next(_brokers - 1)) % _brokers);

    private void Publish() => _history.Add(
    [
        .. Partitions.Select(p => new PartitionInfo(
            p.Partition.Partition,
            ErrorCode.None,
            p.Leader,
            p.LeaderEpoch,
            new PartitionEpoch(_history.Count),
            Bootstrap,
            Bootstrap,
            [])),
    ]);

    private void Serve(BrokerId broker, ClientRequest request, Action<ClientResponse> answer)
    {
        if (Silent.Contains(broker))
            return;

        switch (request)
        {
            case MetadataRequest metadata:
                answer(Describe(metadata));
                break;
            case InitProducerIdRequest:
                answer(new InitProducerIdResponse(ErrorCode.None, _lastProducerId++, 0));
                break;
            case ProduceRequest produce:
                Produce(broker, produce, answer);
                break;
            default:
                throw new InvalidOperationException($"{request} is not modelled.");
        }
    }

    private MetadataResponse Describe(MetadataRequest request)
    {
        var lag = Network.Faults == ModelFaults.None ? 0 : Network.Random.Next(3);
        var offset = Math.Max(_history.Count - 1 - lag, 0);
        return new MetadataResponse(
            "model",
            offset,
            new BrokerId(0),
            [.. Bootstrap.Select(b => new BrokerInfo(b, null, false))],
            [
                .. request.Topics!.Value.Select(name => name == Topic
                    ? new TopicInfo(
                        name, Id, ErrorCode.None, _history[offset], ImmutableSortedDictionary<string, string>.Empty)
                    : new TopicInfo(
                        name,
                        TopicId.None,
                        RefusedTopics.GetValueOrDefault(name, ErrorCode.UnknownTopicOrPartition),
                        [],
                        ImmutableSortedDictionary<string, string>.Empty)),
            ]);
    }

    private void Produce(BrokerId broker, ProduceRequest request, Action<ClientResponse> answer)
    {
        ProduceRequests.Add((Network.Now, broker, request.Batches.Length));
        var results = new PartitionProduced[request.Batches.Length];
        var open = results.Length;
        for (var i = 0; i < results.Length; i++)
        {
            var index = i;
            ProduceOne(broker, request.Batches[i], result =>
            {
                results[index] = result;
                if (--open == 0)
                    answer(new ProduceResponse([.. results]));
            });
        }
    }

    private void ProduceOne(BrokerId broker, PartitionBatch batch, Action<PartitionProduced> decided)
    {
        var partition = Partitions[batch.Partition.Partition];
        var error = Check(broker, partition, batch);
        if (error != ErrorCode.None)
        {
            decided(Result(partition, error, -1));
            return;
        }

        var (refused, baseOffset, end) = partition.Append(batch.Batch);
        if (refused != ErrorCode.None)
        {
            decided(Result(partition, refused, -1));
            return;
        }

        var epoch = partition.LeaderEpoch;
        if (Network.Chance(Network.Faults.UnknownOutcome))
        {
            var unknown = Network.Chance(0.5) ? ErrorCode.RequestTimedOut : ErrorCode.NotEnoughReplicasAfterAppend;
            Network.At(Network.Now + Network.Delay(), () => decided(Result(partition, unknown, -1)));
            return;
        }

        Network.At(Network.Now + Network.Delay(), () =>
        {
            if (partition.LeaderEpoch == epoch)
                partition.Commit(end);
            decided(partition.LeaderEpoch == epoch
                ? Result(partition, ErrorCode.None, baseOffset)
                : Result(partition, ErrorCode.NotLeaderOrFollower, -1));
        });
    }

    private ErrorCode Check(BrokerId broker, ModelPartition partition, PartitionBatch batch)
    {
        if (batch.LeaderEpoch < partition.LeaderEpoch)
            return ErrorCode.FencedLeaderEpoch;
        if (partition.Leader != broker)
            return ErrorCode.NotLeaderOrFollower;
        if (Refuse(partition, batch) is { } error)
            return error;
        if (!Network.Chance(Network.Faults.RefuseBatch))
            return ErrorCode.None;

        return Network.Random.Next(8) switch
        {
            0 => ErrorCode.MessageTooLarge,
            1 => ErrorCode.UnknownServerError,
            2 => ErrorCode.KafkaStorageError,
            _ => ErrorCode.NotEnoughReplicas,
        };
    }

    private static PartitionProduced Result(ModelPartition partition, ErrorCode error, long baseOffset) =>
        new(partition.Partition, error, baseOffset, -1, 0, null);
}
