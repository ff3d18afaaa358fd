using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Groups;

/// <summary>
/// offsets.retention.minutes: counted from when the group lost its last member or, if later, from the commit; in a group of
/// consumers that goes on, from the commit for topics that nobody subscribes to any more. A group without members and
/// offsets goes with them.
/// </summary>
public sealed partial class GroupCoordinator
{
    // The wall clock may be set: it is looked at again before long.
    private const long MaxExpiryPauseMs = 24L * 60 * 60 * 1000;

    private bool IsAbandoned =>
        State == GroupState.Empty && _offsets.Count == 0 && _promisedIds.Count == 0 && _writes.Count == 0;

    private void Expire(GroupTime time, EffectList effects)
    {
        _expiryAtMs = long.MaxValue;
        if (_isDeleting || _isExpiring)
            return; // Ends with a turn that comes here again.

        var expired = Expired(time.WallClockMs);
        var isLast = State == GroupState.Empty
            && expired.Length == _offsets.Count
            && _promisedIds.Count == 0
            && _writes.Count == 0;
        if (expired.Length == 0 && !isLast)
        {
            ScheduleExpiry(time);
            return;
        }

        if (expired.Length == 0 && !_isGroupStored)
        {
            Vanish(effects);
            return;
        }

        Observe($"forgets {expired.Length} offsets", effects);
        _isExpiring = true;
        Bury(new Tombstones(TombstoneReason.Expiry, null), expired, isLast && _isGroupStored, effects);
    }

    private ImmutableArray<TopicPartition> Expired(long wallClockMs)
    {
        var subscribed = State == GroupState.Stable ? SubscribedTopics() : null;
        if (State != GroupState.Empty && subscribed is null)
            return [];

        var coming = new HashSet<TopicPartition>();
        foreach (var write in _writes.Values)
        {
            if (write is CommitWrite commit)
                coming.UnionWith(commit.Records.Select(static r => r.Partition));
        }

        return
        [
            .. _offsets
                .Where(o => wallClockMs >= DueMs(o.Value)
                    && !coming.Contains(o.Key)
                    && subscribed?.Contains(o.Key.Topic) != true)
                .Select(static o => o.Key),
        ];
    }

    private long DueMs(CommittedOffset offset)
    {
        if (offset.ExpireTimestampMs >= 0)
            return offset.ExpireTimestampMs;

        var sinceMs = State == GroupState.Empty
            ? Math.Max(_emptySinceMs, offset.CommitTimestampMs)
            : offset.CommitTimestampMs;
        return sinceMs + _options.OffsetsRetentionMs;
    }

    private void ScheduleExpiry(GroupTime time)
    {
        if (_expiryAtMs != long.MaxValue || (_offsets.Count == 0 && State != GroupState.Empty))
            return;

        var pauseMs = _options.OffsetsRetentionCheckIntervalMs;
        if (_offsets.Count > 0)
        {
            var dueMs = long.MaxValue;
            foreach (var offset in _offsets.Values)
                dueMs = Math.Min(dueMs, DueMs(offset));
            pauseMs = Math.Max(Math.Min(dueMs - time.WallClockMs, MaxExpiryPauseMs), pauseMs);
        }

        _expiryAtMs = time.NowMs + pauseMs;
        Await(_expiryAtMs);
    }
}
