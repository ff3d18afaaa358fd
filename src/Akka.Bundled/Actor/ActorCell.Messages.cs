using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The messages of an actor: which behaviour gets them, and which ones the cell handles itself.</summary>
internal partial class ActorCell
{
    private Stack<Receive>? _behaviorsBelow;
    private Receive? _behavior;
    private ActorTaskScheduler? _taskScheduler;
    private SystemMessage? _stashedSystemMessages;

    /// <summary>The scheduler of the instance's asynchronous handlers.</summary>
    public ActorTaskScheduler TaskScheduler => _taskScheduler ??= new ActorTaskScheduler(this);

    public void Become(Receive receive) => _behavior = receive;

    public void BecomeStacked(Receive receive)
    {
        (_behaviorsBelow ??= new Stack<Receive>()).Push(_behavior!);
        _behavior = receive;
    }

    public void UnbecomeStacked()
    {
        if (_behaviorsBelow is not null && _behaviorsBelow.TryPop(out var below))
        {
            _behavior = below;
        }
    }

    void IUntypedActorContext.Become(UntypedReceive receive) => Become(Wrap(receive));

    void IUntypedActorContext.BecomeStacked(UntypedReceive receive) => BecomeStacked(Wrap(receive));

    /// <summary>Handles a user message. Never throws: a failure goes to the supervisor.</summary>
    public virtual void Invoke(Envelope envelope)
    {
        _envelope = envelope;
        EnvelopeCount++;
        var influencesTimeout = _receiveTimeout is not null && InfluencesReceiveTimeout(envelope.Message);
        try
        {
            if (influencesTimeout)
            {
                CancelReceiveTimeout();
            }

            if (envelope.Message is IAutoReceivedMessage)
            {
                AutoReceive(envelope);
            }
            else
            {
                ReceiveMessage(envelope.Message);
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
            CheckReceiveTimeout(influencesTimeout);
            return;
        }

        if (_taskScheduler is { IsAwaiting: true })
        {
            // The continuations of the handler need the message and its sender; TaskCompleted takes it from here.
            return;
        }

        if (!IsFailed)
        {
            _envelope = default;
        }

        CheckReceiveTimeout(influencesTimeout);
    }

    /// <summary>Handles a system message. Never throws.</summary>
    public void InvokeSystem(SystemMessage message)
    {
        if (_mailbox.IsClosed)
        {
            ToDeadLetters(message);
            return;
        }

        if (MustWait(message))
        {
            StashSystemMessage(message);
            return;
        }

        try
        {
            Handle(message);
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }

        HandleStashedSystemMessages();
    }

    /// <summary>Called when an asynchronous handler has ended.</summary>
    internal virtual void TaskCompleted(Exception? failure)
    {
        if (failure is not null)
        {
            HandleInvokeFailure(failure);
            return;
        }

        var influencesTimeout = InfluencesReceiveTimeout(CurrentMessage);
        if (_taskScheduler is not { IsAwaiting: true } && !IsFailed)
        {
            _envelope = default;
        }

        CheckReceiveTimeout(influencesTimeout);
    }

    /// <summary>Passes a message to the instance.</summary>
    protected virtual void ReceiveMessage(object message)
    {
        var actor = _actor!;
        var handled = actor.AroundReceive(_behavior!, message);
        if (_system.Settings.AddLoggingReceive && actor is ILogReceive)
        {
            Publish(new Debug(
                LogSource,
                LogClass,
                $"received {(handled ? "handled" : "unhandled")} message {message} from {Sender.Path}"));
        }
    }

    private static Receive Wrap(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    private void AutoReceive(Envelope envelope)
    {
        if (_system.Settings.DebugAutoReceive)
        {
            Publish(new Debug(LogSource, LogClass, $"received AutoReceiveMessage {envelope.Message}"));
        }

        switch (envelope.Message)
        {
            case Terminated terminated:
                ReceivedTerminated(terminated);
                break;
            case AddressTerminated lost:
                AddressTerminated(lost.Address);
                break;
            case TimerTick tick:
                ReceivedTick(tick);
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case PoisonPill:
                _self.Stop();
                break;
            case ActorSelectionMessage selection:
                selection.Deliver(_self, Sender);
                break;
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self);
                break;
        }
    }

    private void ReceivedTick(TimerTick tick)
    {
        if (tick.Owner is { } timers && timers.Accept(tick))
        {
            // From here on it is an ordinary message: whoever stashes it must not get the tick back.
            _envelope = new Envelope(tick.Message, _envelope.Sender);
            if (tick.Message is IAutoReceivedMessage)
            {
                AutoReceive(_envelope);
            }
            else
            {
                ReceiveMessage(tick.Message);
            }
        }
    }

    private void Handle(SystemMessage message)
    {
        switch (message)
        {
            case ActorTask task:
                task.Scheduler.Execute(task.Task);
                break;
            case Failed failed:
                HandleFailed(failed);
                break;
            case DeathWatchNotification notification:
                WatchedActorTerminated(notification);
                break;
            case Dispatch.SysMsg.Create:
                Create();
                break;
            case Watch watch:
                AddWatcher(watch.Watchee, watch.Watcher);
                break;
            case Unwatch unwatch:
                RemoveWatcher(unwatch.Watchee, unwatch.Watcher);
                break;
            case Recreate recreate:
                FaultRecreate(recreate.Cause);
                break;
            case Suspend:
                FaultSuspend();
                break;
            case Resume resume:
                FaultResume(resume.CausedByFailure);
                break;
            case Dispatch.SysMsg.Terminate:
                Terminate();
                break;
            default:
                throw new NotSupportedException($"Unknown system message {message.GetType().Name}");
        }
    }

    /// <summary>
    /// While an actor waits for its children, or is itself suspended, some messages must wait as well.
    /// </summary>
    private bool MustWait(SystemMessage message) =>
        (message is IStashWhenWaitingForChildren && Children.IsWaiting)
        || (message is IStashWhenFailed && _mailbox.IsSuspended);

    private void StashSystemMessage(SystemMessage message)
    {
        message.Next = _stashedSystemMessages;
        _stashedSystemMessages = message;
    }

    private void HandleStashedSystemMessages()
    {
        if (_stashedSystemMessages is not { } newest || _mailbox.IsClosed)
        {
            return;
        }

        // Oldest first; what still must wait is stashed again, in the same order.
        var waiting = new Stack<SystemMessage>();
        for (SystemMessage? message = newest; message is not null; message = message.Next)
        {
            waiting.Push(message);
        }

        if (waiting.All(MustWait))
        {
            return;
        }

        _stashedSystemMessages = null;
        foreach (var message in waiting)
        {
            message.Next = null;
            InvokeSystem(message);
        }
    }

    private void ClearBehaviors()
    {
        _behavior = null;
        _behaviorsBelow = null;
    }

    private void AbandonTasks()
    {
        _taskScheduler?.Abandon();
        _taskScheduler = null;
    }
}
