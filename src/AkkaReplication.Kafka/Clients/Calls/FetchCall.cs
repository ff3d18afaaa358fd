using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using AkkaReplication.Records;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>
/// Fetch, each with all its partitions and no session (KIP-227). From version 12 on brokers compare the consumer's history
/// with the log's and say where they part (KIP-320, KIP-595); older ones only say that an offset is out of range.
/// </summary>
internal sealed class FetchCall(long id, FetchRequest request, TopicDirectory topics)
    : KafkaCall<Messages.FetchResponse>(id, ApiKey.Fetch)
{
    private const short FirstWithTopicIds = 13;

    private readonly PartitionNames<FetchPosition> _partitions =
        new(request.Positions, position => position.Partition, topics);

    public override LaneKind Lane => LaneKind.Fetch;

    public override short LowestVersion => 4;

    public override short HighestVersion => _partitions.HaveIds ? short.MaxValue : (short)(FirstWithTopicIds - 1);

    public override ClientResponse? AtOnce => _partitions.Topics.Count == 0 ? new FetchResponse([.. Refused()]) : null;

    public override IKafkaRequest ToRequest(short version) => new Messages.FetchRequest
    {
        // An error is news: it does not wait for records.
        MaxWaitMs = _partitions.Unknown.Count == 0 ? request.MaxWaitMs : 0,
        MinBytes = request.MinBytes,
        MaxBytes = request.MaxBytes,
        IsolationLevel = (sbyte)request.Isolation,
        Topics =
        [
            .. _partitions.Topics.Select(topic => new Messages.FetchRequest.FetchTopic
            {
                Topic = topic.Name,
                TopicId = version >= FirstWithTopicIds ? topic.Id.Value : Guid.Empty,
                Partitions = [.. topic.Items.Select(Position)],
            }),
        ],
    };

    public override ClientResponse Fail(ErrorCode error, string message) =>
        new FetchResponse([.. request.Positions.Select(position => Failed(position.Partition, error))]);

    protected override ClientResponse FromResponse(Messages.FetchResponse response, short version)
    {
        if (response.ErrorCode != ErrorCode.None)
            return Fail(response.ErrorCode, "");

        var results = ImmutableArray.CreateBuilder<PartitionFetched>(request.Positions.Length);
        results.AddRange(Refused());
        foreach (var topic in response.Topics)
        {
            foreach (var result in topic.Partitions)
            {
                var partition = version >= FirstWithTopicIds
                    ? new TopicIdPartition(new TopicId(topic.TopicId), result.PartitionIndex)
                    : _partitions.Find(topic.Topic, result.PartitionIndex);
                if (partition is { } known)
                    results.Add(Result(known, result));
            }
        }

        return new FetchResponse(results.ToImmutable());
    }

    private static Messages.FetchRequest.FetchPartition Position(FetchPosition position) => new()
    {
        Partition = position.Partition.Partition,
        CurrentLeaderEpoch = position.LeaderEpoch.Value,
        FetchOffset = position.Offset,
        LastFetchedEpoch = position.LastFetchedEpoch.Value,
        PartitionMaxBytes = position.MaxBytes,
    };

    private PartitionFetched Result(TopicIdPartition partition, Messages.FetchResponse.FetchPartition result)
    {
        var records = result.Records ?? default;
        if (RecordBatch.IsOlderFormat(records.Span))
            return Failed(partition, ErrorCode.UnsupportedForMessageFormat);
        if (request.Isolation == IsolationLevel.ReadCommitted && result.AbortedTransactions is { Length: > 0 } aborted)
            AbortedBatches.Hide(MemoryMarshal.AsMemory(records), aborted.Select(a => (a.ProducerId, a.FirstOffset)));
        return new PartitionFetched(
            partition,
            result.ErrorCode,
            result.HighWatermark,
            result.LastStableOffset,
            result.LogStartOffset,
            new LeaderEpoch(result.DivergingEpoch?.Epoch ?? -1),
            result.DivergingEpoch?.EndOffset ?? -1,
            records);
    }

    private IEnumerable<PartitionFetched> Refused() =>
        _partitions.Unknown.Select(position => Failed(position.Partition, ErrorCode.UnknownTopicId));

    private static PartitionFetched Failed(TopicIdPartition partition, ErrorCode error) =>
        new(partition, error, -1, -1, -1, LeaderEpoch.None, -1, ReadOnlyMemory<byte>.Empty);
}
