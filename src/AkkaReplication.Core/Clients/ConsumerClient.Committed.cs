using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Positions that are the group's: where its members have committed that they are.</summary>
public sealed partial class ConsumerClient
{
    private long _lastCommittedToken;

    /// <summary>
    /// What the group has committed, for the partitions of <see cref="CommittedOffsetsWanted"/> that still wait for it. Needs
    /// a turn.
    /// </summary>
    /// <param name="offsets">Null where there is no answer; then the error says why.</param>
    public void OnCommittedFound(
        long nowMs, long token, ErrorCode error, IReadOnlyList<FetchedOffset>? offsets)
    {
        foreach (var partition in _partitions.Values)
        {
            if (partition.CommittedToken != token)
                continue;

            partition.CommittedToken = null;
            var found = offsets?.FirstOrDefault(o => o.Partition == partition.Partition) ?? default;
            OnCommittedFound(nowMs, partition, error == ErrorCode.None ? found.Error : error, found);
        }
    }

    /// <summary>Where the caller is, to be committed: null where that is not known, or the partition is not assigned.</summary>
    public OffsetToCommit? Reached(TopicPartition name) =>
        _partitions.TryGetValue(name, out var partition) && partition.Position >= 0
            ? new OffsetToCommit(name, partition.Position, partition.PositionEpoch)
            : null;

    private void AwaitCommitted(ConsumerPartition partition)
    {
        partition.Phase = ConsumerPhase.AwaitingCommitted;
        partition.Position = -1;
        partition.PositionEpoch = LeaderEpoch.None;
        partition.Rewind(++_generation);
    }

    private void AskForCommitted(long nowMs, EffectList effects)
    {
        ImmutableArray<TopicPartition>.Builder? wanted = null;
        foreach (var partition in _partitions.Values)
        {
            if (partition is not { Phase: ConsumerPhase.AwaitingCommitted, CommittedToken: null }
                || nowMs < partition.RetryAtMs)
            {
                continue;
            }

            if (wanted is null)
            {
                wanted = ImmutableArray.CreateBuilder<TopicPartition>();
                _lastCommittedToken++;
            }

            partition.CommittedToken = _lastCommittedToken;
            wanted.Add(partition.Partition);
        }

        if (wanted is not null)
            effects.Add(new CommittedOffsetsWanted(_lastCommittedToken, wanted.ToImmutable()));
    }

    private void OnCommittedFound(long nowMs, ConsumerPartition partition, ErrorCode error, FetchedOffset found)
    {
        switch (error)
        {
            case ErrorCode.None when found.Offset >= 0 && found.Partition == partition.Partition:
                partition.StartAt(found.Offset, found.LeaderEpoch, ++_generation);
                break;
            case ErrorCode.None:
                ResetByPolicy(partition, $"The group has committed no offset of {partition.Partition}.");
                break;
            case var retriable when retriable.IsRetriable():
                Retry(nowMs, partition);
                break;
            default:
                Fail(partition, error, $"What the group has committed of {partition.Partition} cannot be found out.");
                break;
        }
    }
}
