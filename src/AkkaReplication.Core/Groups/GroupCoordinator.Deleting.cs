using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>What is deleted on request or because its time is over: tombstones first, then forgotten.</summary>
public sealed partial class GroupCoordinator
{
    /// <summary>A batch of tombstones must fit into a batch of the log, however many offsets a group has.</summary>
    private const int TombstonesPerBatch = 1000;

    private bool _isGroupStored;
    private bool _isDeleting;
    private bool _isExpiring;
    private long _expiryAtMs = long.MaxValue;

    private void OnDelete(RequestToken token, DeleteGroupRequest request, EffectList effects)
    {
        if (State != GroupState.Empty)
        {
            var error = State == GroupState.Dead ? ErrorCode.GroupIdNotFound : ErrorCode.NonEmptyGroup;
            Answer(token, new DeleteGroupResponse(request.GroupId, error), effects);
            return;
        }

        var partitions = StoredOrComing(static _ => true);
        if (partitions.Length == 0 && !_isGroupStored)
        {
            Answer(token, new DeleteGroupResponse(request.GroupId, ErrorCode.None), effects);
            Vanish(effects);
            return;
        }

        _isDeleting = true;
        Bury(new Tombstones(TombstoneReason.DeleteGroup, token), partitions, group: true, effects);
    }

    private void OnDeleteOffsets(RequestToken token, OffsetDeleteRequest request, EffectList effects)
    {
        var subscribed = SubscribedTopics();
        if (State == GroupState.Dead || (_members.Count > 0 && ProtocolType != ConsumerProtocol.Type))
        {
            var error = State == GroupState.Dead ? ErrorCode.GroupIdNotFound : ErrorCode.NonEmptyGroup;
            Answer(token, new OffsetDeleteResponse(error, []), effects);
            return;
        }

        var stored = StoredOrComing(static _ => true).ToHashSet();
        var results = ImmutableArray.CreateBuilder<PartitionError>(request.Partitions.Length);
        var partitions = ImmutableArray.CreateBuilder<TopicPartition>();
        foreach (var partition in request.Partitions)
        {
            var error = CheckDeletion(partition, subscribed, stored);
            results.Add(new PartitionError(partition, error));
            if (error == ErrorCode.None && stored.Contains(partition))
                partitions.Add(partition);
        }

        var tombstones = new Tombstones(TombstoneReason.DeleteOffsets, token) { Results = results.MoveToImmutable() };
        if (partitions.Count == 0)
            Answer(token, Buried(tombstones, ErrorCode.None), effects);
        else
            Bury(tombstones, partitions.ToImmutable(), group: false, effects);
    }

    private ErrorCode CheckDeletion(
        TopicPartition partition, HashSet<string>? subscribed, HashSet<TopicPartition> stored)
    {
        if (!stored.Contains(partition) && !_partitionExists(partition))
            return ErrorCode.UnknownTopicOrPartition;
        return subscribed is null || subscribed.Contains(partition.Topic)
            ? ErrorCode.GroupSubscribedToTopic
            : ErrorCode.None;
    }

    /// <summary>Offsets that are in the log, or may come there before anything that is written from here on.</summary>
    private ImmutableArray<TopicPartition> StoredOrComing(Func<TopicPartition, bool> which)
    {
        var partitions = new SortedSet<TopicPartition>(_offsets.Keys.Where(which));
        foreach (var write in _writes.Values)
        {
            if (write is CommitWrite commit)
                partitions.UnionWith(commit.Records.Select(static r => r.Partition).Where(which));
        }

        return [.. partitions];
    }

    private void Bury(
        Tombstones tombstones, ImmutableArray<TopicPartition> partitions, bool group, EffectList effects)
    {
        var rest = partitions.AsSpan();
        while (rest.Length > TombstonesPerBatch)
        {
            BuryBatch(tombstones, [.. rest[..TombstonesPerBatch]], group: false, effects);
            rest = rest[TombstonesPerBatch..];
        }

        if (rest.Length > 0 || group)
            BuryBatch(tombstones, [.. rest], group, effects);
    }

    private void BuryBatch(
        Tombstones tombstones, ImmutableArray<TopicPartition> partitions, bool group, EffectList effects)
    {
        var records = ImmutableArray.CreateBuilder<GroupRecord>(partitions.Length + 1);
        foreach (var partition in partitions)
            records.Add(new OffsetRecord(GroupId, partition, null));
        if (group)
            records.Add(new GroupMetadataRecord(GroupId, null));

        tombstones.Batches++;
        Persist(new TombstoneWrite(tombstones, partitions, group), records.ToImmutable(), effects);
    }

    private void OnBuried(GroupTime time, TombstoneWrite write, ErrorCode error, EffectList effects)
    {
        var tombstones = write.Tombstones;
        if (error != ErrorCode.None)
            tombstones.Error = error;
        else
            Forget(write);

        if (--tombstones.Batches > 0)
            return;

        switch (tombstones.Reason)
        {
            case TombstoneReason.DeleteGroup:
                _isDeleting = false;
                Answer(tombstones.Token!.Value, Buried(tombstones, OfMembership(tombstones.Error)), effects);
                if (tombstones.Error == ErrorCode.None)
                    Vanish(effects);
                break;

            case TombstoneReason.DeleteOffsets:
                Answer(tombstones.Token!.Value, Buried(tombstones, OfMembership(tombstones.Error)), effects);
                break;

            case TombstoneReason.Expiry:
                _isExpiring = false;
                ScheduleExpiry(time);
                if (IsAbandoned && !_isGroupStored)
                    Vanish(effects);
                break;
        }
    }

    private void Forget(TombstoneWrite write)
    {
        foreach (var partition in write.Partitions)
            _offsets.Remove(partition);
        if (write.Group && !_writes.Values.Any(static w => w is not (CommitWrite or TombstoneWrite)))
            _isGroupStored = false;
    }

    private ClientResponse Buried(Tombstones tombstones, ErrorCode error)
    {
        if (tombstones.Reason == TombstoneReason.DeleteGroup)
            return new DeleteGroupResponse(GroupId, error);
        return new OffsetDeleteResponse(error, error == ErrorCode.None ? tombstones.Results : []);
    }

    private void Vanish(EffectList effects)
    {
        State = GroupState.Dead;
        Generation = 0;
        ProtocolType = "";
        _issuedGeneration = 0;
        _isGroupStored = false;
        _expiryAtMs = long.MaxValue;
        _offsets.Clear();
        _promisedIds.Clear();
        effects.Add(new GroupRemoved(GroupId));
    }
}
