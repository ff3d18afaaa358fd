using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <content>What happens around messages, starts and stops.</content>
public abstract partial class Eventsourced
{
    /// <summary>
    /// Keeps the messages that a restarted or stopped actor may see again: not the journal's answers.
    /// </summary>
    public static readonly Func<Envelope, bool> UnstashFilterPredicate =
        envelope => envelope.Message is not (WriteMessageSuccess or ReplayedMessage);

    /// <inheritdoc/>
    protected internal override bool AroundReceive(Receive receive, object message)
    {
        if (IsRecovering)
        {
            ReceiveRecovering(message);
        }
        else
        {
            ReceiveProcessing(receive, message);
        }

        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The persistence id is null.</exception>
    public override void AroundPreStart()
    {
        if (PersistenceId is null)
        {
            throw new ArgumentNullException(
                nameof(PersistenceId), $"PersistenceId is [null] for PersistentActor [{Self.Path}]");
        }

        // A missing plugin is an error now, not when the first event comes.
        _ = Journal;
        _ = SnapshotStore;
        RequestPermit();
        base.AroundPreStart();
    }

    /// <inheritdoc/>
    public override void AroundPreRestart(Exception cause, object? message)
    {
        try
        {
            LeaveStashes();
        }
        finally
        {
            FlushJournalBatch();
            base.AroundPreRestart(cause, Unwrap(message));
        }
    }

    /// <inheritdoc/>
    public override void AroundPostRestart(Exception reason, object? message)
    {
        RequestPermit();
        base.AroundPostRestart(reason, message);
    }

    /// <inheritdoc/>
    public override void AroundPostStop()
    {
        try
        {
            LeaveStashes();
        }
        finally
        {
            base.AroundPostStop();
        }
    }

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case RecoveryCompleted:
                return;
            case SaveSnapshotFailure failure:
                Log.Warning(
                    "Failed to SaveSnapshot given metadata [{0}] due to: [{1}]",
                    failure.Metadata,
                    failure.Cause.Message);
                break;
            case DeleteSnapshotFailure failure:
                Log.Warning(
                    "Failed to DeleteSnapshot given metadata [{0}] due to: [{1}]",
                    failure.Metadata,
                    failure.Cause.Message);
                break;
            case DeleteSnapshotsFailure failure:
                Log.Warning(
                    "Failed to DeleteSnapshots given criteria [{0}] due to: [{1}]",
                    failure.Criteria,
                    failure.Cause.Message);
                break;
            case DeleteMessagesFailure failure:
                Log.Warning(
                    "Failed to DeleteMessages ToSequenceNr [{0}] for PersistenceId [{1}] due to: [{2}]",
                    failure.ToSequenceNr,
                    PersistenceId,
                    failure.Cause.Message);
                break;
        }

        base.Unhandled(message);
    }

    private static object? Unwrap(object? message) => message switch
    {
        WriteMessageSuccess written => written.Persistent,
        LoopMessageSuccess looped => looped.Message,
        ReplayedMessage replayed => replayed.Persistent,
        _ => message
    };

    private void LeaveStashes()
    {
        StopRecoveryTimer();
        ReturnPermit();
        _internalStash.UnstashAll();
        Stash?.UnstashAll(UnstashFilterPredicate);
    }
}
