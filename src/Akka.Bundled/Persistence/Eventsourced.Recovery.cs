using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <content>How the actor gets its state back.</content>
public abstract partial class Eventsourced
{
    private readonly RecoveryTick _recoveryTick = new();
    private ICancelable? _recoveryTimer;
    private TimeSpan _recoveryTimeout;
    private long _replayMax;
    private bool _eventSeenInInterval;
    private bool _holdsPermit;

    /// <summary>Called when all events have been replayed, before <see cref="RecoveryCompleted"/>.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    /// <summary>Called when recovery has failed; the actor is stopped after it. Logs the failure.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">The event that could not be handled; null when it was something else.</param>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null)
    {
        if (message is null)
        {
            Log.Error(
                reason,
                "Persistence failure when replaying events for persistenceId [{0}]. Last known sequence number [{1}]",
                PersistenceId,
                LastSequenceNr);
        }
        else
        {
            Log.Error(
                reason,
                "Exception in ReceiveRecover when replaying event type [{0}] with sequence number [{1}] "
                + "for persistenceId [{2}]",
                message.GetType(),
                LastSequenceNr,
                PersistenceId);
        }
    }

    private void RequestPermit()
    {
        _phase = Phase.WaitingForPermit;
        Extension.RecoveryPermitter.Tell(RequestRecoveryPermit.Instance, Self);
    }

    private void ReturnPermit()
    {
        if (_holdsPermit)
        {
            _holdsPermit = false;
            Extension.RecoveryPermitter.Tell(ReturnRecoveryPermit.Instance, Self);
        }
    }

    private void ReceiveRecovering(object message)
    {
        switch (message)
        {
            case RecoveryTick tick:
                if (ReferenceEquals(tick, _recoveryTick))
                {
                    OnRecoveryTick();
                }

                break;
            case RecoveryPermitGranted when _phase == Phase.WaitingForPermit:
                StartRecovery();
                break;
            case LoadSnapshotResult result when _phase == Phase.LoadingSnapshot:
                OfferSnapshot(result);
                break;
            case LoadSnapshotFailed failed when _phase == Phase.LoadingSnapshot:
                FailRecovery(failed.Cause);
                break;
            case ReplayedMessage replayed when _phase == Phase.Replaying:
                Replay(replayed.Persistent);
                break;
            case RecoverySuccess success when _phase == Phase.Replaying:
                CompleteRecovery(success.HighestSequenceNr);
                break;
            case ReplayMessagesFailure failure when _phase == Phase.Replaying:
                FailRecovery(failure.Cause);
                break;
            case IJournalResponse or LoadSnapshotResult or LoadSnapshotFailed or RecoveryPermitGranted:
                // The answer to a question of an incarnation before this one.
                break;
            default:
                StashInternally(message);
                break;
        }
    }

    private void StartRecovery()
    {
        _holdsPermit = true;
        var recovery = Recovery;
        _replayMax = recovery.ReplayMax;
        _recoveryTimeout = Extension.JournalConfigFor(JournalPluginId)
            .GetTimeSpan("recovery-event-timeout", allowInfinite: false);
        _phase = Phase.LoadingSnapshot;
        StartRecoveryTimer();
        LoadSnapshot(SnapshotterId, recovery.FromSnapshot, recovery.ToSequenceNr);
    }

    private void OfferSnapshot(LoadSnapshotResult result)
    {
        if (result.Snapshot is { } selected)
        {
            var before = LastSequenceNr;
            LastSequenceNr = selected.Metadata.SequenceNr;
            try
            {
                var offer = new SnapshotOffer(selected.Metadata, selected.Snapshot);
                if (!base.AroundReceive(ReceiveRecover, offer))
                {
                    LastSequenceNr = before;
                }
            }
            catch (Exception cause)
            {
                FailRecovery(cause);
                return;
            }
        }

        _phase = Phase.Replaying;
        _eventSeenInInterval = false;
        StartRecoveryTimer();
        Journal.Tell(
            new ReplayMessages(LastSequenceNr + 1, result.ToSequenceNr, _replayMax, PersistenceId, Self), Self);
    }

    private void Replay(IPersistentRepresentation persistent)
    {
        _eventSeenInInterval = true;
        UpdateLastSequenceNr(persistent);
        try
        {
            base.AroundReceive(ReceiveRecover, persistent.Payload);
        }
        catch (Exception cause)
        {
            FailRecovery(cause, persistent.Payload);
        }
    }

    private void CompleteRecovery(long highestSequenceNr)
    {
        StopRecoveryTimer();
        OnReplaySuccess();
        _sequenceNr = LastSequenceNr = Math.Max(highestSequenceNr, LastSequenceNr);
        _phase = Phase.ProcessingCommands;
        try
        {
            base.AroundReceive(ReceiveRecover, RecoveryCompleted.Instance);
        }
        finally
        {
            // Also after an exception: the supervisor may have the actor resume.
            FlushBatch();
            ReturnPermit();
            if (_pendingStashingInvocations > 0)
            {
                _phase = Phase.PersistingEvents;
            }
            else
            {
                _internalStash.UnstashAll();
            }
        }
    }

    private void OnRecoveryTick()
    {
        if (_phase == Phase.LoadingSnapshot)
        {
            FailRecovery(new RecoveryTimedOutException(
                $"Recovery timed out, didn't get snapshot within {_recoveryTimeout.TotalSeconds}s."));
        }
        else if (_phase == Phase.Replaying && !_eventSeenInInterval)
        {
            FailRecovery(new RecoveryTimedOutException(
                $"Recovery timed out, didn't get event within {_recoveryTimeout.TotalSeconds}s, "
                + $"highest sequence number seen {LastSequenceNr}."));
        }

        _eventSeenInInterval = false;
    }

    private void FailRecovery(Exception cause, object? message = null)
    {
        StopRecoveryTimer();
        try
        {
            OnRecoveryFailure(cause, message);
        }
        finally
        {
            ReturnPermit();
            Context.Stop(Self);
        }
    }

    private void StartRecoveryTimer()
    {
        StopRecoveryTimer();
        _recoveryTimer = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(
            _recoveryTimeout, _recoveryTimeout, Self, _recoveryTick, Self);
    }

    private void StopRecoveryTimer()
    {
        _recoveryTimer?.Cancel();
        _recoveryTimer = null;
    }
}
