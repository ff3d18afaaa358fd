using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Offsets that the caller is done with, kept until they are committed (enable.auto.commit).</summary>
public sealed partial class GroupMembership
{
    private readonly SortedDictionary<TopicPartition, OffsetToCommit> _stored = [];
    private long _autoCommitAtMs = long.MaxValue;

    /// <summary>To be committed with the next commit of what is stored; a later offset of the partition replaces it.</summary>
    /// <param name="needsTurn">The machine has a commit to think of.</param>
    /// <returns>False where the partition is not this member's: nothing is stored.</returns>
    public bool Store(long nowMs, OffsetToCommit offset, out bool needsTurn)
    {
        needsTurn = false;
        if (_isSubscribed && !IsHeld(offset.Partition))
            return false;

        _stored[offset.Partition] = offset;
        if (_settings.EnableAutoCommit && _autoCommitAtMs == long.MaxValue)
        {
            _autoCommitAtMs = nowMs + _settings.AutoCommitIntervalMs;
            needsTurn = true;
        }

        return true;
    }

    private void AutoCommit(long nowMs)
    {
        if (_settings.EnableAutoCommit && _stored.Count > 0 && _autoCommitAtMs == long.MaxValue)
            _autoCommitAtMs = nowMs + _settings.AutoCommitIntervalMs;
        if (nowMs < _autoCommitAtMs)
            return;

        _autoCommitAtMs = long.MaxValue;
        if (_stored.Count > 0)
            CommitStored(nowMs, AutoCommitToken);
    }

    /// <summary>Where nothing is stored nobody need be asked.</summary>
    private void FinishEmpty(EffectList effects)
    {
        while (_stored.Count == 0 && _questions.Count > 0 && _questions[0] is { TakesStored: true, HasTaken: false } empty)
            Finish(empty, ErrorCode.None, new OffsetCommitResponse([]), effects);
    }

    private void TakeStored(Question question)
    {
        if (!question.TakesStored || question.HasTaken)
            return;

        question.HasTaken = true;
        question.Offsets = [.. _stored.Values];
        question.ToKeep = question.Offsets;
        _stored.Clear();
    }

    /// <summary>What was not committed is so with the next commit, unless it is known better by then.</summary>
    private void KeepStored(IEnumerable<OffsetToCommit> offsets)
    {
        foreach (var offset in offsets)
            _stored.TryAdd(offset.Partition, offset);
    }
}
