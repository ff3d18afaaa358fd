using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Groups;

/// <summary>What is on its way into the log, and what its outcome means.</summary>
public sealed partial class GroupCoordinator
{
    private readonly SortedDictionary<long, PendingWrite> _writes = [];
    private long _lastPersistId;
    private long _lastStoredId;

    /// <summary>The outcome of a <see cref="PersistGroupRecords"/>.</summary>
    /// <param name="error">NONE once the batch is committed; else as the log's leader answered a produce with acks=all.</param>
    /// <exception cref="InvalidOperationException">It overtook one that was asked for later.</exception>
    public void OnPersisted(GroupTime time, long persistId, ErrorCode error, EffectList effects)
    {
        if (_phase != Phase.Active || !_writes.Remove(persistId, out var write))
            return;

        if (error == ErrorCode.None)
        {
            if (persistId < _lastStoredId)
            {
                throw new InvalidOperationException(
                    $"Group {GroupId}: batch {persistId} is reported as stored after batch {_lastStoredId}.");
            }

            _lastStoredId = persistId;
        }

        switch (write)
        {
            case GenerationWrite generation:
                OnGenerationWritten(time, persistId, generation, error, effects);
                break;
            case AssignmentWrite assignment:
                OnAssignmentWritten(time, persistId, assignment, error, effects);
                break;
            case ReplacementWrite replacement:
                OnReplaced(time, replacement, error, effects);
                break;
            case CommitWrite commit:
                OnCommitted(time, commit, error, effects);
                break;
            case TombstoneWrite tombstones:
                OnBuried(time, tombstones, error, effects);
                break;
        }

        EndTurn(time, effects);
    }

    private long Persist(PendingWrite write, ImmutableArray<GroupRecord> records, EffectList effects)
    {
        _isGroupStored |= write is not (CommitWrite or TombstoneWrite);
        _writes.Add(++_lastPersistId, write);
        effects.Add(new PersistGroupRecords(GroupId, _lastPersistId, _epoch, records));
        return _lastPersistId;
    }

    /// <summary>Answers who waits for the write, which has failed or whose outcome nobody will learn here.</summary>
    private void Fail(PendingWrite write, ErrorCode error, EffectList effects)
    {
        switch (write)
        {
            case ReplacementWrite replacement:
                Answer(replacement.Token, GroupRefusals.Join(error, ""), effects);
                break;
            case CommitWrite commit:
                Answer(commit.Token, Committed(commit, error), effects);
                break;
            case TombstoneWrite { Tombstones: { Token: { } token } tombstones } when tombstones.Batches > 0:
                tombstones.Batches = 0;
                Answer(token, Buried(tombstones, error), effects);
                break;
        }
    }

    private static ErrorCode OfLog(ErrorCode error) => error switch
    {
        ErrorCode.UnknownTopicOrPartition
            or ErrorCode.NotEnoughReplicas
            or ErrorCode.NotEnoughReplicasAfterAppend => ErrorCode.CoordinatorNotAvailable,
        ErrorCode.NotLeaderOrFollower
            or ErrorCode.KafkaStorageError
            or ErrorCode.FencedLeaderEpoch
            or ErrorCode.UnknownLeaderEpoch => ErrorCode.NotCoordinator,
        _ => error,
    };

    private static ErrorCode OfCommit(ErrorCode error) => error switch
    {
        ErrorCode.MessageTooLarge
            or ErrorCode.RecordListTooLarge
            or ErrorCode.InvalidFetchSize => ErrorCode.InvalidCommitOffsetSize,
        _ => OfLog(error),
    };

    private static ErrorCode OfAssignment(ErrorCode error) => error switch
    {
        ErrorCode.RequestTimedOut => ErrorCode.RebalanceInProgress,
        _ => OfMembership(error),
    };

    private static ErrorCode OfMembership(ErrorCode error) => error switch
    {
        ErrorCode.RequestTimedOut => ErrorCode.CoordinatorNotAvailable,
        ErrorCode.MessageTooLarge
            or ErrorCode.RecordListTooLarge
            or ErrorCode.InvalidFetchSize => ErrorCode.UnknownServerError,
        _ => OfLog(error),
    };
}
