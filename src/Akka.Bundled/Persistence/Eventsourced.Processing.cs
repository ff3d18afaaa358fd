using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Persistence;

/// <content>How commands are handled and events go to the journal and back.</content>
public abstract partial class Eventsourced
{
    /// <summary>
    /// Called when the write of an event has failed; the actor is stopped after it, as what is stored is not known.
    /// Logs the failure.
    /// </summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause,
        "Failed to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}].",
        @event.GetType(),
        sequenceNr,
        PersistenceId);

    /// <summary>
    /// Called when the journal refuses an event, which is not stored, though its sequence number is used up. The
    /// event's handler does not run. Logs the refusal.
    /// </summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause,
        "Rejected to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}] due to [{3}].",
        @event.GetType(),
        sequenceNr,
        PersistenceId,
        cause.Message);

    /// <summary>
    /// Runs an asynchronous part of a command. No other message is handled until it has completed; it may persist.
    /// </summary>
    /// <exception cref="NotSupportedException">The command already runs one.</exception>
    protected void RunTask(Func<Task> action)
    {
        if (_asyncTaskRunning)
        {
            throw new NotSupportedException("RunTask calls cannot be nested");
        }

        ActorTaskScheduler.RunTask(() =>
        {
            var task = action();
            return task.IsCompleted ? task : CompleteCommand(task);
        });
    }

    private async Task CompleteCommand(Task task)
    {
        var failed = true;
        _asyncTaskRunning = true;
        try
        {
            await task;
            failed = false;
        }
        finally
        {
            _asyncTaskRunning = false;
            AfterCommand(failed);
        }
    }

    private void ReceiveProcessing(Receive receive, object message)
    {
        if (HandleJournalResponse(message))
        {
            return;
        }

        if (_phase == Phase.PersistingEvents)
        {
            StashInternally(message);
            return;
        }

        var failed = true;
        try
        {
            base.AroundReceive(receive, message);
            failed = false;
        }
        finally
        {
            AfterCommand(failed);
        }
    }

    /// <summary>What the command has persisted goes out even if it failed afterwards.</summary>
    private void AfterCommand(bool failed)
    {
        FlushBatch();
        if (_asyncTaskRunning)
        {
            // The rest of the command is still to come.
            return;
        }

        if (_pendingStashingInvocations > 0)
        {
            _phase = Phase.PersistingEvents;
        }
        else
        {
            UnstashInternally(failed);
        }
    }

    /// <summary>
    /// Handles what comes from the journal, and drops what was meant for an incarnation before this one.
    /// </summary>
    private bool HandleJournalResponse(object message)
    {
        switch (message)
        {
            case WriteMessageSuccess written:
                if (written.ActorInstanceId == _instanceId)
                {
                    UpdateLastSequenceNr(written.Persistent);
                    RunHandler(written.Persistent.Payload);
                }

                return true;
            case LoopMessageSuccess looped:
                if (looped.ActorInstanceId == _instanceId)
                {
                    RunHandler(looped.Message);
                }

                return true;
            case WriteMessageRejected rejected:
                if (rejected.ActorInstanceId == _instanceId)
                {
                    UpdateLastSequenceNr(rejected.Persistent);
                    Reject(rejected);
                }

                return true;
            case WriteMessageFailure failure:
                if (failure.ActorInstanceId == _instanceId)
                {
                    FailPersist(failure);
                }

                return true;
            case WriteMessagesSuccessful:
                _isWriteInProgress = false;
                FlushJournalBatch();
                return true;
            case WriteMessagesFailed failed:
                // With events in the write, the failure of the first of them follows and stops the actor.
                if (failed.WriteCount == 0)
                {
                    _isWriteInProgress = false;
                    FlushJournalBatch();
                }

                return true;
            case RecoveryTick or RecoveryPermitGranted:
                // Was already in the mailbox when recovery ended.
                return true;
            default:
                return false;
        }
    }

    private void RunHandler(object payload)
    {
        var failed = true;
        try
        {
            _pendingInvocations.Peek().Run(payload);
            failed = false;
        }
        finally
        {
            CompleteInvocation(failed);
        }
    }

    private void Reject(WriteMessageRejected rejected)
    {
        var failed = true;
        try
        {
            OnPersistRejected(rejected.Cause, rejected.Persistent.Payload, rejected.Persistent.SequenceNr);
            failed = false;
        }
        finally
        {
            CompleteInvocation(failed);
        }
    }

    private void FailPersist(WriteMessageFailure failure)
    {
        try
        {
            OnPersistFailure(failure.Cause, failure.Persistent.Payload, failure.Persistent.SequenceNr);
        }
        finally
        {
            Context.Stop(Self);
        }
    }

    private void CompleteInvocation(bool failed)
    {
        FlushBatch();
        if (_pendingInvocations.Dequeue().IsStashing)
        {
            _pendingStashingInvocations--;
        }

        if (_pendingStashingInvocations > 0)
        {
            _phase = Phase.PersistingEvents;
        }
        else
        {
            // Handlers of PersistAsync may be left: they do not hold up commands.
            _phase = Phase.ProcessingCommands;
            UnstashInternally(failed);
        }
    }

    private void UpdateLastSequenceNr(IPersistentRepresentation persistent) =>
        LastSequenceNr = Math.Max(LastSequenceNr, persistent.SequenceNr);

    private void FlushBatch()
    {
        if (_eventBatch.Count > 0)
        {
            if (_journalBatch.Count == 0)
            {
                (_journalBatch, _eventBatch) = (_eventBatch, _journalBatch);
            }
            else
            {
                _journalBatch.AddRange(_eventBatch);
                _eventBatch.Clear();
            }
        }

        FlushJournalBatch();
    }

    private void FlushJournalBatch()
    {
        if (!_isWriteInProgress && _journalBatch.Count > 0)
        {
            Journal.Tell(new WriteMessages(_journalBatch, Self, _instanceId), Self);
            _journalBatch = [];
            _isWriteInProgress = true;
        }
    }
}
