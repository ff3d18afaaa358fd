using System.Collections.Immutable;
using System.Text;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>Offsets: stored first, then known.</summary>
public sealed partial class GroupCoordinator
{
    private readonly SortedDictionary<TopicPartition, CommittedOffset> _offsets = [];

    private void OnCommit(GroupTime time, RequestToken token, OffsetCommitRequest request, EffectList effects)
    {
        var error = CheckCommit(request);
        if (error != ErrorCode.None)
        {
            Answer(token, GroupRefusals.Refuse(request, error), effects);
            return;
        }

        if (_members.TryGetValue(request.MemberId, out var member))
            Touch(time, member);

        var results = ImmutableArray.CreateBuilder<PartitionError>(request.Offsets.Length);
        var records = ImmutableArray.CreateBuilder<OffsetRecord>(request.Offsets.Length);
        foreach (var offset in request.Offsets)
        {
            var refused = CheckOffset(offset);
            results.Add(new PartitionError(offset.Partition, refused));
            if (refused == ErrorCode.None)
                records.Add(Record(time, offset));
        }

        if (records.Count == 0)
        {
            Answer(token, new OffsetCommitResponse(results.MoveToImmutable()), effects);
            return;
        }

        Exist(time);
        var stored = records.ToImmutable();
        Persist(new CommitWrite(token, stored, results.MoveToImmutable()), [.. stored], effects);
    }

    private ErrorCode CheckCommit(OffsetCommitRequest request)
    {
        if (State == GroupState.Dead)
            return request.Generation < 0 ? ErrorCode.None : ErrorCode.IllegalGeneration;
        // An administrator, or a consumer that assigns itself: only where there are no members to get in the way of.
        if (request.Generation < 0 && State == GroupState.Empty)
            return ErrorCode.None;

        var error = Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
            return error;
        if (request.Generation != Generation)
            return ErrorCode.IllegalGeneration;
        return State == GroupState.CompletingRebalance || IsSealed
            ? ErrorCode.RebalanceInProgress
            : ErrorCode.None;
    }

    private ErrorCode CheckOffset(OffsetToCommit offset)
    {
        if (!_partitionExists(offset.Partition))
            return ErrorCode.UnknownTopicOrPartition;
        var most = Math.Min(_options.OffsetMetadataMaxBytes, short.MaxValue);
        return offset.Metadata is { } metadata && Encoding.UTF8.GetByteCount(metadata) > most
            ? ErrorCode.OffsetMetadataTooLarge
            : ErrorCode.None;
    }

    private OffsetRecord Record(GroupTime time, OffsetToCommit offset) => new(
        GroupId,
        offset.Partition,
        new CommittedOffset(offset.Offset, offset.LeaderEpoch, offset.Metadata ?? "", time.WallClockMs));

    private void OnCommitted(GroupTime time, CommitWrite write, ErrorCode error, EffectList effects)
    {
        if (error == ErrorCode.None)
        {
            foreach (var record in write.Records)
                _offsets[record.Partition] = record.Value!;
            ScheduleExpiry(time);
        }

        Answer(write.Token, Committed(write, OfCommit(error)), effects);
    }

    private static OffsetCommitResponse Committed(CommitWrite write, ErrorCode error) =>
        new([.. write.Results.Select(r => r.Error == ErrorCode.None ? r with { Error = error } : r)]);

    private OffsetFetchResponse OnFetch(OffsetFetchRequest request)
    {
        ImmutableArray<FetchedOffset> offsets = request.Partitions is { } partitions
            ? [.. partitions.Select(p => Fetched(p, _offsets.GetValueOrDefault(p)))]
            : [.. _offsets.Select(o => Fetched(o.Key, o.Value))];
        return new OffsetFetchResponse(GroupId, ErrorCode.None, offsets);
    }

    private static FetchedOffset Fetched(TopicPartition partition, CommittedOffset? offset) => offset is null
        ? new FetchedOffset(partition, -1, LeaderEpoch.None, "", ErrorCode.None)
        : new FetchedOffset(partition, offset.Offset, offset.LeaderEpoch, offset.Metadata, ErrorCode.None);
}
